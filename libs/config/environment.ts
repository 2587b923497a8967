/** Environment variables as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a file of the configuration as text. */
export type ReadFile = (path: string) => string;
