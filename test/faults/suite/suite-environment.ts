import { setTimeout as after } from 'node:timers/promises';
import { type Api, type Worker } from '../../../local/services/index.js';
import { TestEnvironment } from '../../support/test-environment.js';

const APIS = 2;
const WORKERS = 3;

/** A whole agent of real processes: a Valkey, AWS over HTTP, a token server, two APIs, three workers. */
export class SuiteEnvironment {
  private readonly background: Promise<unknown>[] = [];
  private readonly frozen = new Set<Worker>();

  private constructor(readonly rig: TestEnvironment) {}

  /** Starts everything; call `stop` at the end. */
  static async start(): Promise<SuiteEnvironment> {
    return new SuiteEnvironment(await TestEnvironment.start({ apis: APIS, workers: WORKERS, stackSeconds: 1 }));
  }

  /** A token of the user that may deploy. */
  get token(): string {
    return this.rig.token;
  }

  /** The address of a live API. */
  url(index: number): string {
    return this.api(index).url;
  }

  /** Kills an API with SIGKILL, and starts another at the same address. */
  async killApi(index: number): Promise<void> {
    const api = this.api(index);
    await api.kill();
    await this.rig.restartApi(api);
  }

  /** kill -9 of all APIs and all workers at once, and replacements for them. */
  async killAll(): Promise<void> {
    const workers = this.livingWorkers.map((worker) => worker.killGroup());
    await Promise.all([...workers, ...this.rig.apis.map((_, index) => this.killApi(index))]);
    await this.completeWorkers();
  }

  /** The workers that have not exited. */
  get livingWorkers(): TestEnvironment['workers'] {
    return this.rig.workers.filter(({ child }) => child.isRunning);
  }

  /** Those of them that are not frozen. */
  get wakingWorkers(): TestEnvironment['workers'] {
    return this.livingWorkers.filter((worker) => !this.frozen.has(worker));
  }

  /** Freezes a worker for the given number of milliseconds. */
  freeze(worker: Worker, forMs: number): void {
    this.frozen.add(worker);
    worker.child.signal('SIGSTOP');
    this.meanwhile(
      after(forMs).then(() => {
        worker.child.signal('SIGCONT');
        this.frozen.delete(worker);
      }),
    );
  }

  /** Starts as many workers as are missing. */
  async completeWorkers(): Promise<void> {
    const missing = Math.max(0, WORKERS - this.livingWorkers.length);
    await Promise.all(Array.from({ length: missing }, () => this.rig.addWorker()));
  }

  /** Runs something in the background; `settled` waits for it. */
  meanwhile(something: Promise<unknown>): void {
    this.background.push(something);
  }

  /** Resolves when all workers run and none is frozen. */
  async settled(): Promise<void> {
    await Promise.all(this.background);
    await this.completeWorkers();
  }

  /** The processes of the agent itself. */
  get pids(): number[] {
    return [...this.rig.apis, ...this.livingWorkers].map(({ pid }) => pid);
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    await this.rig.stop();
  }

  private api(index: number): Api {
    const api = this.rig.apis[index % APIS];
    if (api === undefined) throw new Error(`there is no API ${index}`);
    return api;
  }
}
