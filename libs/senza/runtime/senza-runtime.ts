import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Environment } from '../process/environment.js';
import { type Launch, type Launcher } from './launcher.js';
import { type RepairName } from './run-settings.js';
import { TemplateProcess, type UnusableReason } from './template-process.js';

/** What the launcher ends with when the template has not started the command (EX_TEMPFAIL of sysexits.h). */
const NOT_STARTED = 75;
/** Commands after which a template is replaced, in case it grows. */
const MAX_COMMANDS = 1000;
/** Before a template that could not be started is tried again, in milliseconds; doubled each time. */
const RETRY_MS = 100;
const MAX_RETRY_MS = 30_000;
/** Ignores the environment and the current directory; the launcher does without installed packages, too. */
const COLD_FLAGS = ['-I'];
const LAUNCHER_FLAGS = ['-I', '-S', '-E'];

/** How the runtime is set up. */
export interface SenzaRuntimeOptions {
  /** Path of the Python interpreter that Senza is installed for. */
  readonly interpreter: string;
  readonly repairs: boolean;
  readonly environment: Environment;
  /** Makes the worker's directory for its commands; returns its path. */
  readonly makeDirectory: () => Promise<string>;
  /** Called with warnings for the operator. */
  readonly onWarning: (message: string, fields: Record<string, unknown>) => void;
}

/**
 * Starts commands as forks of a process that has Senza loaded: the template. While there is none they start cold, in a
 * Python of their own, with the same repairs and limits. A template is replaced when it ends, when Senza's files have
 * changed, and after a thousand commands; running commands finish.
 */
export class SenzaRuntime implements Launcher {
  readonly readsSettings = true;
  private template: TemplateProcess | undefined;
  private starting: Promise<void> | undefined;
  private retry: NodeJS.Timeout | undefined;
  private failures = 0;
  private stopped = false;
  private repairs: Readonly<Record<string, string>> = {};

  constructor(private readonly options: SenzaRuntimeOptions) {}

  /** Starts the first template. Resolves when it is ready, or could not be started: commands start cold then. */
  async start(): Promise<void> {
    await (this.starting ??= this.startTemplate());
  }

  /** The template's process; undefined while there is none. */
  get pid(): number | undefined {
    return this.template?.pid;
  }

  launch(senzaArguments: readonly string[]): Launch {
    const { template } = this;
    if (template === undefined) return this.cold(senzaArguments);
    template.commands += 1;
    if (template.commands === MAX_COMMANDS) void this.start();
    return {
      start: 'warm',
      executable: this.options.interpreter,
      arguments: [...LAUNCHER_FLAGS, runtimeFile('launcher.py'), template.socketPath, ...senzaArguments],
    };
  }

  relaunch({ start }: Launch, exitCode: number | null, senzaArguments: readonly string[]): Launch | undefined {
    return start === 'warm' && exitCode === NOT_STARTED ? this.cold(senzaArguments) : undefined;
  }

  hasRepair(name: RepairName): boolean {
    return this.repairs[name] === 'on';
  }

  /** Ends the template, and with it the commands that it has forked. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    await this.starting;
    await this.template?.stop();
  }

  private cold(senzaArguments: readonly string[]): Launch {
    const repairs = this.options.repairs ? [] : ['--repairs=off'];
    return {
      start: 'cold',
      executable: this.options.interpreter,
      arguments: [...COLD_FLAGS, runtimeFile('main.py'), 'run', ...repairs, '--', ...senzaArguments],
    };
  }

  private async startTemplate(): Promise<void> {
    const { interpreter, repairs, environment, makeDirectory, onWarning } = this.options;
    try {
      const template = await TemplateProcess.start({
        interpreter,
        entryPath: runtimeFile('main.py'),
        repairs,
        parent: await makeDirectory(),
        path: environment['PATH'],
        onLine: (line) => {
          onWarning('the Senza template has written to its standard error', { line });
        },
      });
      this.failures = 0;
      this.use(template);
      void template.unusable.then((reason) => {
        this.replace(template, reason);
      });
    } catch (error) {
      this.failures += 1;
      onWarning('the Senza template could not be started; commands start without it', { error });
      this.startLater();
    } finally {
      this.starting = undefined;
    }
  }

  private use(template: TemplateProcess): void {
    this.template?.retire();
    this.template = template;
    this.repairs = template.info.repairs;
    for (const [repair, state] of Object.entries(this.repairs))
      if (state !== 'on') this.options.onWarning('a repair of Senza is off', { repair, state });
  }

  private replace(template: TemplateProcess, reason: UnusableReason): void {
    if (this.template !== template || this.stopped) return;
    this.template = undefined;
    this.options.onWarning('the Senza template is replaced', { reason });
    if (reason !== 'outdated') void template.stop();
    else template.retire();
    this.failures += 1;
    this.startLater();
  }

  private startLater(): void {
    if (this.stopped) return;
    const delay = Math.min(RETRY_MS * 2 ** (this.failures - 1), MAX_RETRY_MS);
    this.retry = setTimeout(() => void this.start(), delay).unref();
  }
}

/** A file of the Python side: beside the sources, which the compiled files find in the package's root. */
function runtimeFile(name: string): string {
  const beside = fileURLToPath(new URL(`./${name}`, import.meta.url));
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL(`../../../../libs/senza/runtime/${name}`, import.meta.url));
}
