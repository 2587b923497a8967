import { type SenzaCommand, type SenzaRequest } from './senza-command.js';
import { SenzaError } from './errors.js';
import { type RunContext } from './process/run-context.js';
import { OUTPUT_LIMITS, runSenza, type SenzaOptions, type SenzaResult } from './run-senza.js';
import { type RepairName } from './runtime/run-settings.js';

/** Senza's command line. The commands are in commands/, one file each. */
export class Senza {
  private readonly running = new Set<Promise<unknown>>();

  constructor(private readonly options: SenzaOptions) {}

  /** Resolves when no command runs. */
  async onIdle(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled(this.running);
  }

  /** Whether a repair of Senza is in force. A command that depends on it requires it, too: the template may be replaced. */
  hasRepair(name: RepairName): boolean {
    return this.options.launcher.hasRepair(name);
  }

  /**
   * Runs a command. Success is what Senza believes: it exits 0 on a scale, patch or respawn of a stack that does not exist.
   *
   * @throws {SenzaError} when the command fails
   */
  async run<Request extends SenzaRequest, Result>(
    command: SenzaCommand<Request, Result>,
    request: Request,
    context: RunContext,
  ): Promise<Result> {
    try {
      return command.read(await this.tracked(this.call(command, request, context)));
    } catch (error) {
      const result = error instanceof SenzaError ? command.readFailure?.(error) : undefined;
      if (result === undefined) throw error;
      return result;
    }
  }

  private async call<Request extends SenzaRequest, Result>(
    command: SenzaCommand<Request, Result>,
    request: Request,
    context: RunContext,
  ): Promise<SenzaResult> {
    const settings = command.settings?.(request) ?? {};
    const missing = (settings.required_repairs ?? []).filter((name) => !this.hasRepair(name));
    if (missing.length > 0) throw withoutRepairs(command.name, missing);
    return await runSenza(
      this.options,
      {
        name: command.name,
        arguments: command.arguments(request),
        files: command.files?.(request) ?? {},
        region: request.region,
        settings,
        outputLimits: command.printsTable === true ? OUTPUT_LIMITS.table : OUTPUT_LIMITS.log,
      },
      context,
    );
  }

  private async tracked<T>(running: Promise<T>): Promise<T> {
    this.running.add(running);
    try {
      return await running;
    } finally {
      this.running.delete(running);
    }
  }
}

function withoutRepairs(command: string, missing: readonly RepairName[]): SenzaError {
  const message = `"senza ${command}" was not run: it needs the repair ${missing.join(', ')} of Senza, which is off`;
  return new SenzaError('usage', message, {
    command: `senza ${command}`,
    exitCode: null,
    signal: null,
    outputTail: '',
  });
}
