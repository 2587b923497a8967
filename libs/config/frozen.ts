/** Freezes a configuration with everything in it: nothing changes it after the start. */
export function frozen<T extends object>(config: T): Readonly<T> {
  for (const value of Object.values(config)) if (typeof value === 'object' && value !== null) frozen(value);
  return Object.freeze(config);
}
