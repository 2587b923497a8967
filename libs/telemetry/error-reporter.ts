/** Tells somebody of an error that is a defect or a failure of the agent itself. */
export interface ErrorReporter {
  /** @param tags short facts to search by; never a token or a request's body */
  report(error: unknown, tags?: Readonly<Record<string, string>>): void;
  /** Sends what has not been sent yet, for some seconds at most. */
  close(): Promise<void>;
}

/** Where a reporter sends to, and as what. */
export interface ErrorReporterOptions {
  /** Sentry's address of the project; null: nothing is sent, and nothing of Sentry is loaded. */
  readonly dsn: string | null;
  readonly release: string;
  readonly process: string;
}

const CLOSE_TIMEOUT_MS = 2_000;
const SILENT: ErrorReporter = { report: () => undefined, close: () => Promise.resolve() };

/**
 * Starts reporting to Sentry. The client has no integrations: it sends the errors that it is given with their stacks and
 * tags, and nothing that it collects itself (requests, headers, console lines, local variables).
 */
export async function createErrorReporter({
  dsn,
  release,
  process: name,
}: ErrorReporterOptions): Promise<ErrorReporter> {
  if (dsn === null) return SILENT;
  const { defaultStackParser, makeNodeTransport, NodeClient, Scope } = await import('@sentry/node');
  const client = new NodeClient({
    dsn,
    release,
    transport: makeNodeTransport,
    stackParser: defaultStackParser,
    integrations: [],
    sendClientReports: false,
    enableRuntimeChannelInjection: false,
  });
  client.init();
  return {
    report: (error, tags = {}) => {
      const scope = new Scope();
      scope.setTags({ ...tags, process: name });
      client.captureException(error, {}, scope);
    },
    close: async () => {
      await client.close(CLOSE_TIMEOUT_MS);
    },
  };
}
