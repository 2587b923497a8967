import { type Worker } from '../../../local/services/index.js';
import { type TestEnvironment } from '../../support/test-environment.js';
import { type DoomedConnection, type Fate, startDoomedConnection } from '../../support/crash-proxy.js';
import { redisPlace } from './describe-write.js';

/** Where a job's worker crashes: at which write, and whether Redis still receives it. */
export interface Doom {
  readonly place: string;
  readonly fate: Exclude<Fate, 'pass'>;
}

/** Workers that run one job at a time each; one that dies is replaced. */
export class DoomedWorkers {
  private readonly dooms = new Map<string, Doom>();
  private readonly seen = new Map<string, Set<string>>();
  private readonly replacements: Promise<void>[] = [];
  private readonly connections: DoomedConnection[] = [];
  private stopped = false;

  private constructor(private readonly rig: TestEnvironment) {}

  /** Starts so many of them. */
  static async start(rig: TestEnvironment, count: number): Promise<DoomedWorkers> {
    const workers = new DoomedWorkers(rig);
    await Promise.all(Array.from({ length: count }, () => workers.add()));
    return workers;
  }

  /** Makes the worker of this job crash, once. */
  doom(job: string, doom: Doom): void {
    this.dooms.set(job, doom);
  }

  /** Whether the crash is still to come. */
  isDoomed(job: string): boolean {
    return this.dooms.has(job);
  }

  /** Every place where a job has been. */
  placesOf(job: string): readonly string[] {
    return [...(this.seen.get(job) ?? [])];
  }

  /** Stops replacing workers; the rig stops those that live. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.replacements);
    for (const connection of this.connections) connection.stop();
  }

  private async add(): Promise<void> {
    let dies = false;
    const connection = await startDoomedConnection(
      this.rig.valkey.port,
      (request) => this.fateOf(request),
      () => {
        if (dies) return;
        dies = true;
        this.replacements.push(worker.then((each) => this.replace(each)));
      },
    );
    this.connections.push(connection);
    const worker = this.rig.addWorker({ REDIS_URL: connection.url, WORKER_CONCURRENCY: '1' });
    await worker;
  }

  private async replace(worker: Worker): Promise<void> {
    await worker.kill();
    if (!this.stopped) await this.add();
  }

  private fateOf(request: string): Fate {
    const at = redisPlace(request);
    if (at === null) return 'pass';
    const { job, place } = at;
    this.seen.set(job, (this.seen.get(job) ?? new Set()).add(place));
    const doom = this.dooms.get(job);
    if (doom?.place !== place) return 'pass';
    this.dooms.delete(job);
    return doom.fate;
  }
}
