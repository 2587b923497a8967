import { type ErrorEvent } from '@sentry/node';
import { type Breadcrumb, currentBreadcrumbs } from './work-context.js';
import { redactCredentials } from './redact-credentials.js';

/** What is known about an error. Never a token or a request body. */
export interface ErrorContext {
  /** Short values to search by, for instance `job_id` and `kind`. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Those of the current request or job are added automatically. */
  readonly breadcrumbs?: readonly Breadcrumb[];
  /** Errors with equal values are one issue; by default those with equal stacks are. */
  readonly group?: readonly string[];
  /** It ends the process: nothing has handled it. */
  readonly fatal?: boolean;
}

/** Reports errors that are defects or failures of the agent. A class, so that Nest can inject it. */
export abstract class ErrorReporter {
  abstract report(error: unknown, context?: ErrorContext): void;
  /** Sends what is still queued; gives up after two seconds. */
  abstract close(): Promise<void>;
}

/** Where errors are reported, and as what. */
export interface ErrorReporterOptions {
  /** The DSN of a Sentry project; null: nothing is sent, and Sentry's SDK is not loaded. */
  readonly dsn: string | null;
  /** Null: Sentry's default, `production`. */
  readonly environment: string | null;
  /** The version of the agent. */
  readonly version: string;
  /** The name of the process. */
  readonly process: string;
}

const CLOSE_TIMEOUT_MS = 2_000;
const DISABLED: ErrorReporter = { report: () => undefined, close: () => Promise.resolve() };

/**
 * Creates the error reporter of a process. Sentry's client runs without integrations: it sends the errors it is given with their
 * stacks, tags and breadcrumbs, and nothing that it would collect itself (requests, headers, console output, local variables).
 */
export async function createErrorReporter(options: ErrorReporterOptions): Promise<ErrorReporter> {
  const { dsn, environment, version, process: name } = options;
  if (dsn === null) return DISABLED;
  const { defaultStackParser, makeNodeTransport, NodeClient, Scope } = await import('@sentry/node');
  const client = new NodeClient({
    dsn,
    release: `lizzy@${version}`,
    ...(environment === null ? {} : { environment }),
    transport: makeNodeTransport,
    stackParser: defaultStackParser,
    integrations: [],
    sendClientReports: false,
    enableRuntimeChannelInjection: false,
    beforeSend: withoutCredentials,
  });
  client.init();
  return {
    report: (error, { tags = {}, breadcrumbs = [], group, fatal = false } = {}) => {
      const scope = new Scope();
      scope.setTags({ ...tags, process: name });
      if (group !== undefined) scope.setFingerprint([...group]);
      for (const { at, data, ...breadcrumb } of [...breadcrumbs, ...currentBreadcrumbs()])
        scope.addBreadcrumb({
          ...breadcrumb,
          timestamp: (at ?? Date.now()) / 1000,
          ...(data === undefined ? {} : { data: { ...data } }),
        });
      if (fatal) scope.setLevel('fatal');
      client.captureException(error, fatal ? { mechanism: { type: 'generic', handled: false } } : {}, scope);
    },
    close: async () => {
      await client.close(CLOSE_TIMEOUT_MS);
    },
  };
}

/** Messages of errors and commands may quote what they failed with. */
function withoutCredentials(event: ErrorEvent): ErrorEvent {
  for (const exception of event.exception?.values ?? [])
    if (exception.value !== undefined) exception.value = redactCredentials(exception.value);
  for (const breadcrumb of event.breadcrumbs ?? []) {
    if (breadcrumb.message !== undefined) breadcrumb.message = redactCredentials(breadcrumb.message);
    for (const [name, value] of Object.entries(breadcrumb.data ?? {}))
      if (typeof value === 'string') breadcrumb.data = { ...breadcrumb.data, [name]: redactCredentials(value) };
  }
  return event;
}
