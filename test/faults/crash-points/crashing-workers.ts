import { type Worker } from '../../../local/services/index.js';
import { type TestEnvironment } from '../../support/test-environment.js';
import { type Fault, FaultProxy } from '../../support/fault-proxy.js';
import { redisPlace } from './describe-write.js';

/** Where a job's worker crashes: at which write, and whether Redis still receives it. */
export interface Doom {
  readonly place: string;
  readonly fault: Exclude<Fault, 'none'>;
}

/** Workers that run one job at a time each; one that dies is replaced. */
export class DoomedWorkers {
  private readonly dooms = new Map<string, Doom>();
  private readonly seen = new Map<string, Set<string>>();
  private readonly replacements: Promise<void>[] = [];
  private readonly proxies: FaultProxy[] = [];
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
    for (const proxy of this.proxies) proxy.stop();
  }

  private async add(): Promise<void> {
    let dies = false;
    const proxy = await FaultProxy.start(this.rig.valkey.port, {
      faultOf: (request) => this.faultOf(request),
      onFault: () => {
        if (dies) return;
        dies = true;
        this.replacements.push(worker.then((each) => this.replace(each)));
      },
    });
    this.proxies.push(proxy);
    const worker = this.rig.addWorker({ REDIS_URL: proxy.redisUrl, WORKER_CONCURRENCY: '1' });
    await worker;
  }

  private async replace(worker: Worker): Promise<void> {
    await worker.kill();
    if (!this.stopped) await this.add();
  }

  private faultOf(request: string): Fault {
    const at = redisPlace(request);
    if (at === null) return 'none';
    const { job, place } = at;
    this.seen.set(job, (this.seen.get(job) ?? new Set()).add(place));
    const doom = this.dooms.get(job);
    if (doom?.place !== place) return 'none';
    this.dooms.delete(job);
    return doom.fault;
  }
}
