import { setTimeout as after } from 'node:timers/promises';
import { type Api, startApi, startTokenServer, type TokenServer, type Worker } from '../../../local/services/index.js';
import { Rig } from '../../support/worker-environment.js';

const APIS = 2;
const WORKERS = 3;
const SCOPE = 'deployer';

/** A whole agent of real processes: a Valkey, AWS over HTTP, a token server, two APIs, three workers. */
export class Agent {
  private readonly underWay: Promise<unknown>[] = [];
  private readonly frozen = new Set<Worker>();

  private constructor(
    readonly rig: Rig,
    readonly tokens: TokenServer,
    readonly token: string,
    private readonly apis: Api[],
    private readonly apiEnv: Readonly<Record<string, string>>,
  ) {}

  /** Starts everything; call `stop` at the end. */
  static async start(): Promise<Agent> {
    const [rig, tokens] = await Promise.all([Rig.start({ workers: WORKERS, stackSeconds: 1 }), startTokenServer()]);
    const token = tokens.addToken({ uid: 'robot', scope: ['uid', SCOPE] });
    const apiEnv = {
      REDIS_URL: rig.valkey.url,
      TOKENINFO_URL: tokens.tokeninfoUrl,
      DEPLOYER_SCOPE: SCOPE,
      ALLOWED_USERS: 'robot',
    };
    const apis = await Promise.all(Array.from({ length: APIS }, () => startApi(apiEnv)));
    return new Agent(rig, tokens, token, apis, apiEnv);
  }

  /** The address of a live API. */
  url(index: number): string {
    return this.api(index).url;
  }

  /** kill -9 of an API, and a replacement at the same address. */
  async killApi(index: number): Promise<void> {
    const { port } = this.api(index);
    await this.api(index).kill();
    this.apis[index % APIS] = await startApi({ ...this.apiEnv, PORT: String(port) });
  }

  /** kill -9 of all APIs and all workers at once, and replacements for them. */
  async killAll(): Promise<void> {
    const workers = this.livingWorkers.map((worker) => worker.killGroup());
    await Promise.all([...workers, ...this.apis.map((_, index) => this.killApi(index))]);
    await this.completeWorkers();
  }

  /** The workers that have not exited. */
  get livingWorkers(): Rig['workers'] {
    return this.rig.workers.filter(({ child }) => child.isRunning);
  }

  /** Those of them that are not frozen. */
  get wakingWorkers(): Rig['workers'] {
    return this.livingWorkers.filter((worker) => !this.frozen.has(worker));
  }

  /** Freezes a worker for so many milliseconds. */
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
    this.underWay.push(something);
  }

  /** Resolves when all workers run and none is frozen. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
    await this.completeWorkers();
  }

  /** The processes of the agent itself. */
  get pids(): number[] {
    return [...this.apis, ...this.livingWorkers].map(({ pid }) => pid);
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    await Promise.all(this.apis.map((api) => api.kill()));
    await this.rig.stop();
    await this.tokens.stop();
  }

  private api(index: number): Api {
    const api = this.apis[index % APIS];
    if (api === undefined) throw new Error(`there is no API ${index}`);
    return api;
  }
}
