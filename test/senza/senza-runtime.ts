import {
  type Lease,
  type RunContext,
  Senza,
  type SenzaAwsRequest,
  SenzaRuntime,
  type SenzaOptions,
  Watchdog,
} from '#senza';
import { inProject } from '../../local/services/index.js';

/** The Senza runtime of a worker, without the worker. */
export interface RuntimeFixture {
  readonly runtime: SenzaRuntime;
  readonly senza: Senza;
  readonly watchdog: Watchdog;
  /** How each command was started, in order. */
  readonly starts: string[];
  /** The requests to AWS that all commands have reported. */
  readonly awsRequests: SenzaAwsRequest[];
  readonly warnings: string[];
  stop(): Promise<void>;
}

/** What a test can change. */
export interface RuntimeOptions {
  readonly repairs?: boolean;
  readonly interpreter?: string;
  readonly limits?: SenzaOptions['limits'];
  readonly templateBucket?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Path of the interpreter that Senza is installed for. */
export const PYTHON = inProject('.venv', 'bin', 'python');

/** Starts a runtime with a template; ends with `stop`. */
export async function startRuntime(options: RuntimeOptions = {}): Promise<RuntimeFixture> {
  const watchdog = new Watchdog(inProject('dist', 'libs', 'senza', 'watchdog', 'watchdog-main.js'));
  watchdog.start();
  const starts: string[] = [];
  const awsRequests: SenzaAwsRequest[] = [];
  const warnings: string[] = [];
  const environment = { PATH: process.env['PATH'] ?? '', ...options.environment };
  const runtime = new SenzaRuntime({
    interpreter: options.interpreter ?? PYTHON,
    repairs: options.repairs ?? true,
    environment,
    makeDirectory: () => watchdog.makeDirectory(),
    onWarning: (message, fields) => warnings.push(`${message} ${JSON.stringify(fields)}`),
  });
  await runtime.start();
  const senza = new Senza({
    launcher: runtime,
    timeoutMs: 60_000,
    environment,
    watchdog,
    onEnd: (end) => {
      starts.push(end.start);
      awsRequests.push(...end.awsRequests);
    },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    templateBucket: options.templateBucket,
  });
  return {
    runtime,
    senza,
    watchdog,
    starts,
    awsRequests,
    warnings,
    stop: async () => {
      await runtime.stop();
      await watchdog.stop();
    },
  };
}

/** A command's context, with the lines that it wrote. */
export function context(others: Partial<RunContext> & { lease?: Lease } = {}): RunContext {
  return { signal: new AbortController().signal, ...others };
}
