import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeCommand } from './commands.js';
import { isExpired, runCommand, type CommandResult } from './process/command.js';
import { commandEnvironment, type Environment } from './process/environment.js';
import { notStarted, toSenzaError } from './failure.js';
import { type CollectorOptions } from './process/output-collector.js';
import { makeRedaction } from './process/redaction.js';
import { type RunContext } from './process/run-context.js';
import { type Watchdog } from './watchdog/watchdog.js';

/** Files by name. */
export type Files = Readonly<Record<string, string>>;

const OWNER_ONLY = 0o600;

/**
 * Makes a directory that only this user can enter, with files that only this user can read, inside of the one of this
 * worker (`Watchdog.makeDirectory`), which is made again when somebody has removed it.
 */
export async function makeWorkingDirectory(parent: string, files: Files): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  // mkdtemp's directories have mode 0700.
  const directory = await mkdtemp(join(parent, 'run-'));
  await Promise.all(
    Object.entries(files).map(([name, text]) =>
      writeFile(join(directory, name), text, { mode: OWNER_ONLY, flag: 'wx' }),
    ),
  );
  return directory;
}

/** Removes the directory with all that a command left in it. */
export async function removeWorkingDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
}

const MIB = 1024 * 1024;

/** Bounds of the output, in bytes: a log that is longer is a mistake, a table may be long and must not be cut. */
export const LIMITS = {
  log: { stdout: 2 * MIB, stderr: 2 * MIB },
  table: { stdout: 32 * MIB, stderr: 2 * MIB },
} as const satisfies Record<string, CollectorOptions['limits']>;

/** How commands are run. */
export interface SenzaOptions {
  /** One executable: a path, or a name that is looked up in the PATH. */
  readonly command: string;
  /** Milliseconds that a command may take unless its context says otherwise. */
  readonly timeoutMs: number;
  /** The worker's environment; commands see an allow-listed part of it. */
  readonly environment: Environment;
  readonly watchdog: Watchdog;
}

/** One call of Senza. */
export interface SenzaCall {
  readonly arguments: readonly string[];
  /** Files in its directory. */
  readonly files: Files;
  readonly region: string | undefined;
  readonly limits: CollectorOptions['limits'];
}

/** What a successful call wrote. */
export interface SenzaResult {
  readonly command: string;
  /** As it was written: for reading, not for showing. */
  readonly stdout: string;
  /** Both streams, redacted. */
  readonly output: string;
  readonly durationMs: number;
}

/**
 * Runs Senza once, in an empty directory that is gone afterwards.
 *
 * @throws {SenzaError}
 */
export async function runSenza(options: SenzaOptions, call: SenzaCall, context: RunContext): Promise<SenzaResult> {
  const command = describeCommand(call.arguments);
  const redact = makeRedaction(context.secrets ?? []);
  const startedAt = performance.now();
  const directory = await makeWorkingDirectory(await options.watchdog.makeDirectory(), call.files);
  try {
    // Asked as late as can be: a worker that was frozen must not start anything when it wakes up.
    if (context.signal.aborted) throw notStarted('cancelled', command);
    if (isExpired(context.lease)) throw notStarted('lease_lost', command);
    const result = await run(options, call, context, { directory, redact });
    const failure = toSenzaError({ command: redact(command), result, redact });
    if (failure !== undefined) throw failure;
    const durationMs = Math.round(performance.now() - startedAt);
    return { command, stdout: result.stdout, output: redact(result.merged), durationMs };
  } finally {
    await removeWorkingDirectory(directory);
  }
}

function run(
  options: SenzaOptions,
  call: SenzaCall,
  context: RunContext,
  { directory, redact }: { readonly directory: string; readonly redact: (text: string) => string },
): Promise<CommandResult> {
  return runCommand({
    executable: options.command,
    arguments: call.arguments,
    environment: commandEnvironment(options.environment, directory, call.region),
    directory,
    timeoutMs: context.timeoutMs ?? options.timeoutMs,
    signal: context.signal,
    lease: context.lease,
    watchdog: options.watchdog,
    output: { limits: call.limits, redact, onLine: context.onLine ?? (() => undefined) },
  });
}
