import { AwsReader, UNLIMITED } from '#aws';
import { type Answer, type CallOptions, LizzyClient } from '#client';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Api,
  type AwsEmulator,
  NO_LAG,
  startValkey,
  type TokenServer,
  until,
  type Valkey,
  type Worker,
} from '../../local/services/index.js';
import { Lizzy, REGION, USER } from '../../local/stack/lizzy.js';
import type { TestApi } from './api-in-process.js';
import { JobAccess } from './job-access.js';
import { filesOfSenza, processesOfSenza } from './processes.js';

export { REGION, SCOPE, USER } from '../../local/stack/lizzy.js';

/** Jest's default of `maxConcurrency`. */
const MAX_CONCURRENCY = 5;

type Env = Readonly<Record<string, string>>;

/** The parts that a test needs. A Valkey is always started. */
export interface EnvironmentOptions {
  /** How many API processes, none by default. */
  readonly apis?: number;
  /** How many worker processes, none by default. */
  readonly workers?: number;
  /** An AWS emulator, which workers need; true by default. */
  readonly aws?: boolean;
  /** Whether AWS shows changes some tenths of a second late; by default only without APIs, whose responses tests compare. */
  readonly lag?: boolean;
  /** How long stacks take to be created, updated and deleted; 0 by default. */
  readonly stackSeconds?: number;
  /** A token server, which APIs need; by default if there is an API. */
  readonly tokens?: boolean;
  /** Whether tests run at the same time, five in Jest: AWS allows each of them the calls of an account. */
  readonly concurrentTests?: boolean;
  readonly apiEnv?: Env;
  readonly workerEnv?: Env;
}

/** Lizzy's real parts as processes, the jobs in its Redis, and what is left in AWS and on this machine. */
export class TestEnvironment extends JobAccess {
  private oldState: string | null = null;
  private readonly inProcess: TestApi[] = [];
  /** Reads AWS as the workers do. */
  readonly awsReader = new AwsReader(UNLIMITED);

  private constructor(
    private readonly lizzy: Lizzy,
    /** The directory of Valkey's data, and of the workers' temporary files. */
    private readonly folder: string,
    private readonly workerEnv: Env,
  ) {
    super(lizzy.valkey.url);
  }

  /** Starts the requested parts; call `stop` at the end. */
  static async start(options: EnvironmentOptions = {}): Promise<TestEnvironment> {
    const { apis = 0, workers = 0, aws = true, stackSeconds = 0, tokens = apis > 0, concurrentTests = false } = options;
    const { lag = apis === 0 } = options;
    const rates = concurrentTests
      ? { route53_calls_per_second: 5 * MAX_CONCURRENCY, cloudformation_calls_per_second: 40 * MAX_CONCURRENCY }
      : {};
    const folder = await mkdtemp(join(tmpdir(), 'lizzy-test-'));
    const lizzy = await Lizzy.start({
      valkey: { dir: await mkdtemp(join(folder, 'valkey-')) },
      aws: aws ? { stackSeconds, settings: { ...(lag ? {} : NO_LAG), ...rates } } : null,
      user: tokens ? USER : null,
    });
    if (aws) Object.assign(process.env, lizzy.aws.env);
    const environment = new TestEnvironment(lizzy, folder, options.workerEnv ?? {});
    try {
      await environment.connect();
      if (aws && concurrentTests) await environment.keepEndpoint();
      await Promise.all(Array.from({ length: workers }, () => environment.addWorker()));
      await Promise.all(Array.from({ length: apis }, () => environment.addApi(options.apiEnv)));
      const isWell = async (): Promise<boolean> => (await environment.call('GET', '/health')).status === 200;
      if (apis > 0 && workers > 0) await until('the API to know its workers', isWell);
    } catch (error) {
      await environment.stop(); // Otherwise the running processes would keep the tests from ending.
      throw error;
    }
    return environment;
  }

  /** Makes the reader's clients read their endpoint, which another environment in this process replaces. */
  private async keepEndpoint(): Promise<void> {
    await this.awsReader.weights(REGION, ['none-1'], undefined, ['none.example.org']);
  }

  get valkey(): Valkey {
    return this.lizzy.valkey;
  }

  get aws(): AwsEmulator {
    return this.lizzy.aws;
  }

  get tokens(): TokenServer {
    return this.lizzy.tokens;
  }

  /** The first API process. */
  get api(): Api {
    return this.lizzy.api;
  }

  get apis(): Api[] {
    return this.lizzy.apis;
  }

  get workers(): Worker[] {
    return this.lizzy.workers;
  }

  /** A token of the user that may deploy. */
  get token(): string {
    return this.lizzy.token;
  }

  /** Another one, which has not been used yet. */
  newToken(): string {
    return this.lizzy.newToken();
  }

  /** Starts one more API process. */
  async addApi(env: Env = {}): Promise<Api> {
    return await this.lizzy.addApi(env);
  }

  /** Starts an API process that has exited once more, on its port. */
  async restartApi(exited: Api): Promise<void> {
    await this.lizzy.restartApi(exited);
  }

  /** Starts one more worker process. */
  async addWorker(env: Env = {}): Promise<Worker> {
    return await this.lizzy.addWorker({ TMPDIR: this.folder, ...this.workerEnv, ...env });
  }

  /** Starts an API in this process: quicker than a process of its own, and the test can read its log. */
  async apiInProcess(env: Env = {}, token = this.token): Promise<TestApi> {
    // Most specs need none: loading Nest takes each of them a second.
    const { startApiInProcess } = await import('./api-in-process.js');
    const api = await startApiInProcess({ ...this.lizzy.apiEnv, ...env }, token);
    this.inProcess.push(api);
    return api;
  }

  /** A client of the first API process. */
  get client(): LizzyClient {
    return new LizzyClient({ url: this.api.url, token: this.token });
  }

  /** A request to the first API process. */
  async call(method: string, path: string, options: CallOptions = {}, token = this.token): Promise<Answer> {
    return await new LizzyClient({ url: this.api.url, token }).call(method, path, options);
  }

  /** Submits a deployment to the first API process; returns the ID of the job. */
  async deployByApi(definition: string, version = 'v1', more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return (await this.client.deploy({ senza_yaml: definition, stack_version: version, ...more })).id;
  }

  /** Saves the current data of Valkey, for `restartValkey({ old: true })`. */
  async keepOldState(): Promise<void> {
    this.oldState = await mkdtemp(join(this.folder, 'valkey-old-'));
    await cp(this.valkey.dir, this.oldState, { recursive: true });
  }

  /**
   * Starts Valkey again on its port after it was killed; empty, with the old state, or with what it had acknowledged.
   * @param conf settings
   */
  async restartValkey({ empty = false, old = false, conf = {} }: ValkeyRestart = {}): Promise<void> {
    const { dir, port } = this.valkey;
    if (empty || old) await rm(dir, { recursive: true });
    if (old && this.oldState !== null) await cp(this.oldState, dir, { recursive: true });
    const newDir = empty ? await mkdtemp(join(this.folder, 'valkey-')) : dir;
    this.lizzy.valkey = await startValkey({ dir: newDir, port, conf });
  }

  /** How often AWS carried this out, by its own record. */
  async calls(action: string, stack?: string): Promise<number> {
    const calls = await this.aws.control.calls({ kind: 'call', action, ...(stack === undefined ? {} : { stack }) });
    return calls.filter(({ status }) => status === 200).length;
  }

  /** What Senza processes have left: files of commands, and directories of workers that have exited. */
  async temporaryFiles(): Promise<string[]> {
    return await filesOfSenza(this.folder, this.runningWorkers.length);
  }

  /** Resolves when no file is left. A running worker checks its Senza now and then, which takes a file for a moment. */
  async filesRemoved(): Promise<void> {
    await until('the files of Senza to be removed', async () => {
      const files = await this.temporaryFiles();
      if (files.length > 0) throw new Error(files.join(', '));
      return true;
    });
  }

  /** The Senza processes of the workers. The template of a running worker is none: it waits for commands. */
  async senzas(): Promise<number[]> {
    return await processesOfSenza(this.folder, this.runningWorkers);
  }

  /** Sends a signal to all of them. One can end meanwhile: a launcher ends with its command. */
  async signalSenzas(signal: NodeJS.Signals): Promise<void> {
    for (const pid of await this.senzas()) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has exited.
      }
    }
  }

  /**
   * Has AWS execute the delayed CreateStack of a job's command, and stops all Senzas before they see it: the command needs hardly any
   * time once they continue (SIGCONT). Resolves when its lease has just been renewed, so that most of it is left on a slow machine too.
   */
  async stopSenzasAtEnd(id: string, stack: string): Promise<void> {
    await this.signalSenzas('SIGSTOP');
    await this.aws.control.clearFaults(stack);
    await until(`AWS to create ${stack}`, async () => (await this.calls('CreateStack', stack)) === 1);
    await this.leaseRenewed(id);
  }

  /** Does something that no worker may see before it is done. */
  async whileWorkersAreFrozen<T>(action: () => Promise<T>): Promise<T> {
    for (const { child } of this.runningWorkers) child.signal('SIGSTOP');
    try {
      return await action();
    } finally {
      for (const { child } of this.runningWorkers) child.signal('SIGCONT');
    }
  }

  /** Resolves when no Senza process runs. A running worker checks its Senza now and then, by a process for a moment. */
  async quiet(): Promise<void> {
    await until('all Senzas to be gone', async () => (await this.senzas()).length === 0);
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    await Promise.all(this.inProcess.map((api) => api.stop()));
    await this.disconnect();
    this.awsReader.close();
    await this.lizzy.stop('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  private get runningWorkers(): Worker[] {
    return this.workers.filter(({ child }) => child.isRunning);
  }
}

interface ValkeyRestart {
  readonly empty?: boolean;
  readonly old?: boolean;
  readonly conf?: Env;
}
