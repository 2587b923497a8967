import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNativeError } from 'node:util/types';
import { describeCommand, type Files } from './senza-command.js';
import { type SenzaErrorCode } from './errors.js';
import { notStarted, toSenzaError } from './failure.js';
import { isExpired, runCommand, type CommandResult } from './process/command.js';
import { commandEnvironment, type Environment } from './process/environment.js';
import { type OutputLimits } from './process/output-collector.js';
import { type RunContext } from './process/run-context.js';
import { withoutWorkerPaths } from './process/worker-paths.js';
import { readAwsRequests, type SenzaAwsRequest } from './runtime/aws-requests.js';
import { type CommandStart, type Launch, type Launcher } from './runtime/launcher.js';
import { type CommandLimits, RUN_SETTINGS_VARIABLE, type RunSettings } from './runtime/run-settings.js';
import { type Watchdog } from './watchdog/watchdog.js';

const OWNER_ONLY = 0o600;
const MIB = 1024 * 1024;
const AWS_REQUESTS_FILE = 'aws-requests.json';

/**
 * Bounds of the output. A log may have 100,000 lines, of which the end is kept here: the job has all of them. A table may be long
 * and must not be cut.
 */
export const OUTPUT_LIMITS = {
  log: { stdout: 16 * MIB, stderr: 16 * MIB, kept: MIB },
  table: { stdout: 32 * MIB, stderr: 2 * MIB, kept: 34 * MIB },
} as const satisfies Record<string, OutputLimits>;

/** How commands are run. */
export interface SenzaOptions {
  readonly launcher: Launcher;
  /** Milliseconds that a command may take unless its context says otherwise. */
  readonly timeoutMs: number;
  /** Of each command that the runtime runs. */
  readonly limits?: CommandLimits;
  /** Where the runtime stores templates that are too large for a request to CloudFormation (`TEMPLATE_BUCKET`). */
  readonly templateBucket?: string | undefined;
  /** The worker's environment; commands see an allow-listed part of it. */
  readonly environment: Environment;
  readonly watchdog: Watchdog;
  /** Called when a command has ended, with any outcome. */
  readonly onEnd?: (end: CommandEnd) => void;
}

/** How a command has ended. */
export interface CommandEnd {
  /** The name of the command, for instance `create`. */
  readonly name: string;
  /** The whole command for display, redacted. */
  readonly command: string;
  readonly region: string | undefined;
  readonly start: CommandStart;
  /** In ms since the epoch. */
  readonly endedAt: number;
  readonly milliseconds: number;
  /** Null when a signal ended it, or when it could not be started. */
  readonly exitCode: number | null;
  readonly outcome: 'succeeded' | SenzaErrorCode;
  /** Empty when they are unknown: an executable does not report them, nor does a command that was killed. */
  readonly awsRequests: readonly SenzaAwsRequest[];
}

/** One call of Senza. */
export interface SenzaCall {
  /** For metrics. */
  readonly name: string;
  readonly arguments: readonly string[];
  readonly files: Files;
  readonly region: string | undefined;
  readonly settings: RunSettings;
  readonly outputLimits: OutputLimits;
}

/** What a successful call wrote; of a log its end. */
export interface SenzaResult {
  readonly command: string;
  /** As it was written: for reading, not for showing. */
  readonly stdout: string;
  /** Both streams, redacted. */
  readonly output: string;
}

/**
 * Runs Senza once, in an empty directory that is removed afterwards.
 *
 * @throws {SenzaError}
 */
export async function runSenza(options: SenzaOptions, call: SenzaCall, context: RunContext): Promise<SenzaResult> {
  const command = describeCommand(call.arguments);
  const { mask } = context;
  const redact = (text: string): string => withoutWorkerPaths(mask === undefined ? text : mask(text));
  const directory = await makeWorkingDirectory(options.watchdog, call.files).catch((error: unknown) => {
    throw isWithoutSpace(error) ? notStarted('no_space', command) : error;
  });
  const run = async (launch: Launch): Promise<CommandResult> => {
    // Checked as late as possible: a worker that was frozen must not start anything when it wakes up.
    if (context.signal.aborted) throw notStarted('cancelled', command);
    if (isExpired(context.lease)) throw notStarted('lease_lost', command);
    context.onStart?.(redact(command));
    const startedAt = performance.now();
    const result = await runLaunch(options, call, context, { launch, directory, redact });
    const again = options.launcher.relaunch(launch, result.exitCode, call.arguments);
    if (again !== undefined) return await run(again);
    const [endedAt, milliseconds] = [Date.now(), performance.now() - startedAt];
    const failure = toSenzaError({ command: redact(command), result, redact });
    const { exitCode } = result;
    const outcome = failure?.code ?? 'succeeded';
    options.onEnd?.({
      name: call.name,
      command: redact(command),
      region: call.region,
      start: launch.start,
      endedAt,
      milliseconds,
      exitCode,
      outcome,
      awsRequests: await readAwsRequests(join(directory, AWS_REQUESTS_FILE)),
    });
    if (failure !== undefined) throw failure;
    return result;
  };
  try {
    const result = await run(options.launcher.launch(call.arguments));
    return { command, stdout: result.stdout, output: redact(result.merged) };
  } finally {
    await removeDirectory(directory);
  }
}

function runLaunch(
  options: SenzaOptions,
  call: SenzaCall,
  context: RunContext,
  {
    launch,
    directory,
    redact,
  }: { readonly launch: Launch; readonly directory: string; readonly redact: (text: string) => string },
): Promise<CommandResult> {
  return runCommand({
    executable: launch.executable,
    arguments: launch.arguments,
    environment: {
      ...commandEnvironment(options.environment, directory, call.region),
      ...(options.launcher.readsSettings ? settingsVariable(options, call, context, directory) : {}),
    },
    directory,
    timeoutMs: context.timeoutMs ?? options.timeoutMs,
    niceness: context.niceness ?? 0,
    signal: context.signal,
    lease: context.lease,
    watchdog: options.watchdog,
    output: { limits: call.outputLimits, redact, onLine: context.onLine ?? (() => undefined) },
  });
}

function settingsVariable(
  { limits, templateBucket }: SenzaOptions,
  { settings }: SenzaCall,
  { niceness }: RunContext,
  directory: string,
): Record<string, string> {
  const all: RunSettings = {
    ...(limits === undefined ? {} : { limits }),
    ...(templateBucket === undefined ? {} : { template_bucket: templateBucket }),
    ...(niceness === undefined ? {} : { niceness }),
    ...settings,
    aws_requests_file: join(directory, AWS_REQUESTS_FILE),
  };
  return { [RUN_SETTINGS_VARIABLE]: JSON.stringify(all) };
}

/**
 * Makes the working directory of a command, readable by this user only, in the directory of this worker (`Watchdog.makeDirectory`). If
 * another process has removed the worker's directory, it is made again.
 */
async function makeWorkingDirectory(watchdog: Watchdog, files: Files): Promise<string> {
  const parent = await watchdog.makeDirectory();
  await mkdir(parent, { recursive: true, mode: 0o700 });
  // mkdtemp's directories have mode 0700.
  const directory = await mkdtemp(join(parent, 'run-'));
  try {
    for (const [name, text] of Object.entries(files))
      await writeFile(join(directory, name), text, { mode: OWNER_ONLY, flag: 'wx' });
  } catch (error) {
    await removeDirectory(directory);
    throw error;
  }
  return directory;
}

async function removeDirectory(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

function isWithoutSpace(error: unknown): boolean {
  return isNativeError(error) && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
