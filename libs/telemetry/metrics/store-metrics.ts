import { Gauge, type Registry } from 'prom-client';

/** The condition of the job store. Ages and latency in seconds, memory in bytes; null: unknown, or no such job. */
export interface StoreFigures {
  readonly redisLatency: number;
  /** Whether Redis and the audit trail in it can be written. */
  readonly acceptsChanges: boolean;
  readonly redisMemory: number | null;
  /** 0: no limit. */
  readonly redisMemoryLimit: number | null;
  readonly unfinishedJobs: number;
  readonly oldestUnfinishedAge: number | null;
  readonly waitingJobs: number;
  readonly oldestWaitingAge: number | null;
  readonly historyJobs: number;
  readonly oldestHistoryAge: number | null;
  readonly workers: { readonly healthy: number; readonly unhealthy: number; readonly draining: number };
  readonly workersWithoutAws: number;
}

/** Reads the figures; null when Redis is unavailable or does not answer within a second. */
type ReadStoreFigures = () => Promise<StoreFigures | null>;

/** How long figures are served again without asking Redis, in milliseconds. */
const CACHE_MS = 5_000;

const GAUGES: readonly (readonly [name: string, help: string, value: (figures: StoreFigures) => number | null])[] = [
  ['redis_latency_seconds', 'Time of one PING to Redis', (each) => each.redisLatency],
  [
    'redis_accepts_changes',
    'Whether Redis and the audit trail in it can be written: 1 or 0',
    (each) => Number(each.acceptsChanges),
  ],
  ['redis_memory_bytes', 'Memory that Redis uses (used_memory)', (each) => each.redisMemory],
  ['redis_memory_limit_bytes', 'Limit of that memory (maxmemory); 0: none', (each) => each.redisMemoryLimit],
  ['unfinished_jobs', 'Jobs that are queued or running', (each) => each.unfinishedJobs],
  ['unfinished_job_oldest_age_seconds', 'Age of the oldest unfinished job', (each) => each.oldestUnfinishedAge],
  ['queue_jobs', 'Jobs that wait for a free worker', (each) => each.waitingJobs],
  ['queue_oldest_age_seconds', 'Age of the oldest job that waits for a free worker', (each) => each.oldestWaitingAge],
  ['history_jobs', 'Jobs that Redis keeps, unfinished ones among them', (each) => each.historyJobs],
  ['workers_without_aws', 'Live workers that cannot read AWS', (each) => each.workersWithoutAws],
  ['history_oldest_age_seconds', 'Time since the end of the oldest finished job', (each) => each.oldestHistoryAge],
];

/**
 * Gauges of the job store, the same in every process. Redis is read at scrapes only, and once for scrapes within 5 seconds. While
 * Redis is unavailable `lizzy_redis_up` is 0, and the others are absent rather than wrong.
 */
export class StoreMetrics {
  /** Set when the process has a connection to Redis. */
  source: ReadStoreFigures = () => Promise.resolve(null);
  private latest: { readonly readAt: number; readonly figures: Promise<StoreFigures | null> } | null = null;

  constructor(private readonly registry: Registry) {
    this.gauge('redis_up', 'Whether Redis answers this process: 1 or 0', (figures) => (figures === null ? 0 : 1));
    for (const [name, help, value] of GAUGES)
      this.gauge(name, help, (figures) => (figures === null ? null : value(figures)));
    const read = this.read;
    new Gauge({
      name: 'lizzy_workers',
      help: 'Live workers by state: healthy, unhealthy, draining',
      labelNames: ['state'],
      registers: [registry],
      async collect() {
        const figures = await read();
        for (const state of ['healthy', 'unhealthy', 'draining'] as const) {
          if (figures === null) this.remove(state);
          else this.set({ state }, figures.workers[state]);
        }
      },
    });
  }

  private gauge(name: string, help: string, value: (figures: StoreFigures | null) => number | null): void {
    const read = this.read;
    new Gauge({
      name: `lizzy_${name}`,
      help,
      registers: [this.registry],
      async collect() {
        const current = value(await read());
        if (current === null) this.remove();
        else this.set(current);
      },
    });
  }

  private readonly read = async (): Promise<StoreFigures | null> => {
    const now = performance.now();
    if (this.latest === null || now - this.latest.readAt > CACHE_MS)
      this.latest = { readAt: now, figures: this.source().catch(() => null) };
    return await this.latest.figures;
  };
}
