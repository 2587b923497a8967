import { type RepairName } from './run-settings.js';

/** How a command is started: as a fork of the template, as a Python of its own, or as an executable that was configured. */
export type CommandStart = 'warm' | 'cold' | 'executable';

/** A process that runs Senza with some arguments. */
export interface Launch {
  readonly start: CommandStart;
  readonly executable: string;
  readonly arguments: readonly string[];
}

/** Knows how to start Senza. */
export interface Launcher {
  /** The process for a command, which will have a directory in the worker's. */
  launch(senzaArguments: readonly string[]): Launch;
  /** Another process for it, when the exit code says that the first one did not start; undefined when it did. */
  relaunch(launch: Launch, exitCode: number | null, senzaArguments: readonly string[]): Launch | undefined;
  /** Whether a repair of Senza is in force. */
  hasRepair(name: RepairName): boolean;
  /** Whether it reads the settings of a run. */
  readonly readsSettings: boolean;
}

/** Starts one executable for each command: a path, or a name that is looked up in the PATH. */
export class ExecutableLauncher implements Launcher {
  readonly readsSettings = false;

  constructor(private readonly executable: string) {}

  launch(senzaArguments: readonly string[]): Launch {
    return { start: 'executable', executable: this.executable, arguments: senzaArguments };
  }

  relaunch(): undefined {
    return undefined;
  }

  hasRepair(): boolean {
    return false;
  }
}
