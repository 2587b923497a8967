import { type Worker } from '../../../local/services/index.js';
import { type TestEnvironment } from '../../support/test-environment.js';
import { type Fault, FaultProxy } from '../../support/fault-proxy.js';
import { describeWrites } from './describe-write.js';

/** Where a job's worker crashes: at which write, and whether Redis still receives it. */
export interface CrashPoint {
  readonly place: string;
  readonly fault: Exclude<Fault, 'none'>;
}

/** Workers that run one job at a time each; one that dies is replaced. */
export class CrashingWorkers {
  private readonly crashPoints = new Map<string, CrashPoint>();
  private readonly seen = new Map<string, Set<string>>();
  private readonly replacements: Promise<void>[] = [];
  private readonly proxies: FaultProxy[] = [];
  private stopped = false;

  private constructor(private readonly rig: TestEnvironment) {}

  /** Starts the given number of workers. */
  static async start(rig: TestEnvironment, count: number): Promise<CrashingWorkers> {
    const workers = new CrashingWorkers(rig);
    await Promise.all(Array.from({ length: count }, () => workers.add()));
    return workers;
  }

  /** Makes the worker of this job crash, once. */
  crashAt(job: string, crashPoint: CrashPoint): void {
    this.crashPoints.set(job, crashPoint);
  }

  /** Whether the crash is still to come. */
  isPending(job: string): boolean {
    return this.crashPoints.has(job);
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

  /** The fault of a chunk: that of its first command which has one. */
  private faultOf(chunk: string): Fault {
    const writes = describeWrites(chunk);
    for (const { job, place } of writes) this.seen.set(job, (this.seen.get(job) ?? new Set()).add(place));
    for (const { job, place } of writes) {
      const crashPoint = this.crashPoints.get(job);
      if (crashPoint?.place !== place) continue;
      this.crashPoints.delete(job);
      return crashPoint.fault;
    }
    return 'none';
  }
}
