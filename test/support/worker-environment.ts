import { waitUntilFinished, JobEvents, type JobKind, JobQueue, jobKeys, type JobRecord, JobStore } from '#jobs';
import { AwsReader, UNLIMITED } from '#aws';
import { closeRedis, connectRedis, type Redis } from '#redis';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AwsEmulator,
  inProject,
  startAwsEmulator,
  startValkey,
  startWorker,
  until,
  type Valkey,
  type Worker,
} from '../../local/services/index.js';
import { newJob, type Wanted } from './new-job.js';
import { processesAtHomeIn, templateOf } from './processes.js';

export { REGION, type Wanted } from './new-job.js';

const END_TIMEOUT_MS = 60_000;
const PREFIX = 'lizzy';

/** Environment of a worker that runs Senza in the runtime, with its repairs; the executable is started otherwise. */
export const SENZA_RUNTIME = { SENZA_COMMAND: '', SENZA_PYTHON: inProject('.venv', 'bin', 'python') };

/** How a rig is started. */
export interface RigOptions {
  readonly workers?: number;
  /** How long stacks take to be created, updated and deleted. */
  readonly stackSeconds?: number;
  readonly workerEnv?: Readonly<Record<string, string>>;
}

/** A real Valkey, a real AWS over HTTP and real workers, and this process in the API's place: it submits and waits. */
export class Rig {
  readonly workers: Worker[] = [];
  private oldState: string | null = null;

  private constructor(
    private server: Valkey,
    /** Where Valkey keeps its data, and the workers their temporary files. */
    private readonly folder: string,
    readonly aws: AwsEmulator,
    readonly looks: AwsReader,
    readonly redis: Redis,
    readonly store: JobStore,
    readonly queue: JobQueue,
    readonly changes: JobEvents,
    private readonly connections: readonly Redis[],
    private readonly workerEnv: Readonly<Record<string, string>>,
  ) {}

  /** Starts everything; call `stop` at the end. */
  static async start({ workers = 1, stackSeconds = 1, workerEnv = {} }: RigOptions = {}): Promise<Rig> {
    const folder = await mkdtemp(join(tmpdir(), 'lizzy-rig-'));
    const dir = await mkdtemp(join(folder, 'valkey-'));
    const [valkey, aws] = await Promise.all([startValkey({ dir }), startAwsEmulator({ stackSeconds })]);
    const open = (role: 'worker' | 'subscriber'): Redis =>
      connectRedis({ url: valkey.url, role, clientName: 'test', onError: () => undefined });
    const [redis, forQueue, subscriber] = [open('worker'), open('worker'), open('subscriber')];
    const keys = jobKeys(PREFIX);
    const changes = new JobEvents(subscriber, keys);
    await changes.start();
    Object.assign(process.env, aws.env);
    const rig = new Rig(
      valkey,
      folder,
      aws,
      new AwsReader(UNLIMITED),
      redis,
      new JobStore(redis, keys),
      new JobQueue(forQueue, PREFIX, () => undefined),
      changes,
      [redis, forQueue, subscriber],
      { ...aws.env, REDIS_URL: valkey.url, QUEUE_PREFIX: PREFIX, POLL_SECONDS: '1', TMPDIR: folder, ...workerEnv },
    );
    try {
      await Promise.all(Array.from({ length: workers }, () => rig.addWorker()));
    } catch (error) {
      await rig.stop(); // Otherwise the running processes would keep the tests from ending.
      throw error;
    }
    return rig;
  }

  /** Starts one more worker. */
  async addWorker(env: Readonly<Record<string, string>> = {}): Promise<Worker> {
    const worker = await startWorker({ ...this.workerEnv, ...env });
    this.workers.push(worker);
    return worker;
  }

  /** The Valkey that serves now. */
  get valkey(): Valkey {
    return this.server;
  }

  /** Saves what Valkey has in its file now, for `restartValkey({ old: true })`. */
  async keepOldState(): Promise<void> {
    this.oldState = await mkdtemp(join(this.folder, 'valkey-old-'));
    await cp(this.server.dir, this.oldState, { recursive: true });
  }

  /**
   * Starts Valkey again on its port after it was killed; empty, with the old state, or with what it had acknowledged.
   * @param conf settings
   */
  async restartValkey({
    empty = false,
    old = false,
    conf = {},
  }: { empty?: boolean; old?: boolean; conf?: Readonly<Record<string, string>> } = {}): Promise<void> {
    const { dir, port } = this.server;
    if (empty || old) await rm(dir, { recursive: true });
    if (old && this.oldState !== null) await cp(this.oldState, dir, { recursive: true });
    this.server = await startValkey({ dir: empty ? await mkdtemp(join(this.folder, 'valkey-')) : dir, port, conf });
  }

  /** What Senza processes have left: files of commands, and directories of workers that have exited. */
  async temporaryFiles(): Promise<string[]> {
    const all = await readdir(this.folder, { recursive: true });
    // A worker's sign of life is counted with its directory.
    const names = all.filter((name) => !/^valkey-|\/alive$|\/template-[^/]+\/socket$/.test(name));
    const living = this.workers.filter(({ child }) => child.isRunning).length;
    const ofWorkers = names.filter((name) => !name.includes('/'));
    const ofTemplates = names.filter((name) => /\/template-[^/]+$/.test(name));
    const ofCommands = names.filter((name) => name.includes('/') && !ofTemplates.includes(name));
    return [...ofCommands, ...ofTemplates.slice(living), ...ofWorkers.slice(living)];
  }

  /**
   * The processes of this rig's Senzas: their home is a directory of one of its workers. The template of a running worker
   * is none: it waits for commands.
   */
  async senzas(): Promise<number[]> {
    const running = this.workers.filter(({ child }) => child.isRunning);
    const templates = await Promise.all(running.map(({ pid }) => templateOf(pid)));
    return (await processesAtHomeIn(this.folder)).filter((pid) => !templates.includes(pid));
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

  /** Submits a job as the API would; answers with its id. */
  async submit(kind: JobKind, payload: Readonly<Record<string, unknown>>, wanted: Wanted): Promise<string> {
    const { id } = await this.store.submit(newJob(kind, payload, wanted));
    if (wanted.handedOver !== false) await this.queue.add(id);
    return id;
  }

  /** Submits a deployment of a definition. */
  async deploy(
    definition: string,
    version: string,
    more: Readonly<Record<string, unknown>> = {},
    wanted: Partial<Wanted> = {},
  ): Promise<string> {
    const stack = /StackName: (\S+)/.exec(definition)?.[1] ?? '';
    const payload = { senza_yaml: definition, stack_version: version, ...more };
    return await this.submit('deploy', payload, { stack, version, ...wanted });
  }

  /** The current job. */
  async job(id: string): Promise<JobRecord> {
    const job = await this.store.get(id);
    if (job === null) throw new Error(`there is no job ${id}`);
    return job;
  }

  /** The job when it has finished; fails when that takes longer than a minute. */
  async ended(id: string, timeoutMs = END_TIMEOUT_MS): Promise<JobRecord> {
    const job = await waitUntilFinished(this.store, this.changes, {
      id,
      timeoutMs,
      signal: new AbortController().signal,
    });
    const finished = job?.progress.finished_at ?? null;
    if (job === null || finished === null) {
      throw new Error(`the job ${id} has not ended: ${JSON.stringify(job?.progress, null, 1)}`);
    }
    return job;
  }

  /** The job as soon as it is so; fails when that takes longer than a minute. */
  async when(id: string, what: string, isSo: (job: JobRecord) => boolean): Promise<JobRecord> {
    await until(what, END_TIMEOUT_MS, async () => isSo(await this.job(id)));
    return await this.job(id);
  }

  /** The job as soon as this step runs. */
  async inStep(id: string, step: string): Promise<JobRecord> {
    return await this.when(id, `step ${step} to run`, (job) => this.step(job, step)?.status === 'running');
  }

  /** A job's step. */
  step(job: JobRecord, name: string): JobRecord['progress']['steps'][number] | undefined {
    return job.progress.steps.find((step) => step.name === name);
  }

  /** Cancels a job as the API would. */
  async cancel(id: string, deleteStack = false): Promise<string> {
    const { outcome, woken } = await this.store.cancel(id, { requestedBy: 'canceller', deleteStack });
    await Promise.all(woken.map((each) => this.queue.wake(each)));
    return outcome;
  }

  /** The job as soon as a command of this step has started. */
  async acting(id: string, step: string, times = 1): Promise<JobRecord> {
    const begun = (job: JobRecord): boolean => (this.step(job, step)?.journal.length ?? 0) >= times;
    return await this.when(id, `act ${times} of step ${step}`, begun);
  }

  /** Resolves when no Senza process runs. */
  async quiet(timeoutMs = END_TIMEOUT_MS): Promise<void> {
    await until('all Senzas to be gone', timeoutMs, async () => (await this.senzas()).length === 0);
  }

  /** The lines of a job's log, without their origin. */
  async log(id: string): Promise<string[]> {
    return (await this.store.log({ id, after: 0, limit: 1000 })).lines.map(({ text }) => text);
  }

  /** How often AWS carried this out, by its own record. */
  async calls(action: string, stack?: string): Promise<number> {
    const calls = await this.aws.control.calls({ kind: 'call', action, ...(stack === undefined ? {} : { stack }) });
    return calls.filter(({ status }) => status === 200).length;
  }

  /** Keys that only unfinished jobs may have. */
  async leftovers(): Promise<string[]> {
    const keys = await this.redis.keys(`{${PREFIX}}:*`);
    return keys.filter((key) => /:(lock|lock-queue|locks-of|lease):|:unfinished$/.test(key));
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await this.queue.close();
    await Promise.all(this.connections.map(closeRedis));
    this.looks.close();
    await Promise.all([this.aws.stop(), this.valkey.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}
