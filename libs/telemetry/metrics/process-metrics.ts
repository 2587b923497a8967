import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { StoreMetrics } from './store-metrics.js';

/** Upper bounds of the buckets for requests, in seconds. */
export const REQUEST_SECONDS: readonly number[] = [0.005, 0.02, 0.1, 0.5, 1, 5, 30];
/** For commands, in seconds. */
export const COMMAND_SECONDS: readonly number[] = [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300];
/** For jobs and their steps, in seconds. */
export const JOB_SECONDS: readonly number[] = [0.5, 1, 5, 15, 60, 180, 600, 1800, 3600, 14_400];

/** Gauges of prom-client with names of counters, which `promtool check metrics` rejects. Others have the same values by type. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/**
 * The metrics of a process. Names follow the conventions of Prometheus (base units, `_total`). Each label has a bounded number of
 * values: kinds, codes, routes; never IDs, names, users or regions. docs/monitoring.md lists all of them.
 */
export abstract class ProcessMetrics {
  readonly registry = new Registry();
  readonly store = new StoreMetrics(this.registry);

  /** The API, too, ends jobs: those that are cancelled before a worker has taken them. */
  readonly jobsFinished = this.counter('jobs_finished_total', 'Jobs that have ended, by kind and final status', [
    'kind',
    'status',
  ]);
  readonly unexpectedErrors = this.counter(
    'unexpected_errors_total',
    'Errors that are defects of the agent, as in its log',
  );

  /** @param process the label `process` of all metrics: `api` or `worker` */
  constructor(process: string, version: string) {
    this.registry.setDefaultLabels({ process });
    this.gauge('build_info', 'Always 1; the label has the version of the agent', ['version']).set({ version }, 1);
  }

  /** Collects the metrics of Node itself from now on: memory, processor, event loop, garbage collection. */
  collectNodeMetrics(): void {
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
  }

  protected counter<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ): Counter<Label> {
    return new Counter({ name: `lizzy_${name}`, help, labelNames, registers: [this.registry] });
  }

  protected gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> {
    return new Gauge({ name: `lizzy_${name}`, help, labelNames, registers: [this.registry] });
  }

  protected histogram<Label extends string>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly Label[] = [],
  ): Histogram<Label> {
    return new Histogram({
      name: `lizzy_${name}`,
      help,
      labelNames,
      buckets: [...buckets],
      registers: [this.registry],
    });
  }

  /** How many users rest after their work, by kind of work; read at each scrape. */
  protected restingUsers(read: () => Readonly<Record<string, number>>): void {
    new Gauge({
      name: 'lizzy_resting_users',
      help: 'Users whose work waits for a moment after work that took long, since others are here; by work: changes, definitions or jobs',
      labelNames: ['work'],
      registers: [this.registry],
      collect() {
        for (const [work, count] of Object.entries(read())) this.set({ work }, count);
      },
    });
  }

  /** A gauge that is read at each scrape. */
  protected observedGauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name: `lizzy_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }
}
