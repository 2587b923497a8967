import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JobRecord } from '#jobs';
import { until, type Worker } from '../../local/services/index.js';
import { FakeOtlpReceiver } from '../support/fake-otlp-receiver.js';
import { TestEnvironment } from '../support/test-environment.js';
import { type MixedJobs, prepare, releaseMixed, submitMixed } from './scenario.js';

/** The trace of the job that waits, and the span of its request. */
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;
const KILLS = {
  alone: (worker: Worker) => worker.kill(),
  group: (worker: Worker) => worker.killGroup(),
} as const;
type Kill = keyof typeof KILLS;

/** One worker with jobs in all places, killed; another one that takes over. */
class Scenario {
  senzasAtDeath = 0;
  /** Whether the worker had claimed the waiting job when it was killed: it does so to observe the stack, from time to time. */
  observedAtDeath = false;
  /** The IDs of the workers that had claimed the job in its creation: the killed one, and its successor. */
  claimedBy: (string | null)[] = [];
  logOfTakeover: string[] = [];
  readonly ended = new Map<string, JobRecord>();

  private constructor(
    readonly rig: TestEnvironment,
    private readonly receiver: FakeOtlpReceiver,
  ) {}

  static async play(how: Kill): Promise<Scenario> {
    const receiver = new FakeOtlpReceiver();
    const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: await receiver.listen(), OTEL_BSP_SCHEDULE_DELAY: '100' };
    const rig = await TestEnvironment.start({ workers: 1, stackSeconds: 1, workerEnv: tracing });
    const scenario = new Scenario(rig, receiver);
    await prepare(rig, how);
    const jobs = await submitMixed(rig, how, {
      wanted: { traceparent: TRACEPARENT },
      isSeen: () => scenario.hasSpan('step create'),
    });
    scenario.claimedBy.push((await rig.job(jobs.duringCreate)).worker);
    scenario.senzasAtDeath = (await rig.senzas()).length;
    await Promise.all(rig.workers.map(KILLS[how]));
    // A claim that is not released exists until its lease expires, in some seconds.
    scenario.observedAtDeath = (await rig.redis.exists(rig.keys.lease(jobs.waiting))) === 1;
    await rig.quiet();
    await releaseMixed(rig, how);
    await rig.addWorker();
    await Promise.all(
      Object.entries<string>({ ...jobs }).map(async ([name, id]) => {
        scenario.ended.set(name, await rig.ended(id));
      }),
    );
    scenario.claimedBy.push(scenario.job('duringCreate').worker);
    scenario.logOfTakeover = await rig.log(jobs.duringCreate);
    return scenario;
  }

  /** Resolves when the trace of the waiting job has this span. */
  async hasSpan(name: string): Promise<void> {
    await until(`the span "${name}"`, () => {
      expect(this.traced()).toContain(name);
      return true;
    });
  }

  /** The spans of the waiting job, in the order in which they were received. */
  traced(): string[] {
    return this.receiver.spans.filter(({ traceId }) => traceId === TRACE_ID).map(({ name }) => name);
  }

  async stop(): Promise<void> {
    await this.rig.stop();
    this.receiver.close();
  }

  job(name: keyof MixedJobs): JobRecord {
    const job = this.ended.get(name);
    if (job === undefined) throw new Error(`the job ${name} has not ended`);
    return job;
  }
}

describe('a worker that is killed', () => {
  const scenarios = new Map<Kill, Scenario>();
  const after = (how: Kill): Scenario => {
    const scenario = scenarios.get(how);
    if (scenario === undefined) throw new Error(`the scenario ${how} was not played`);
    return scenario;
  };
  beforeAll(async () => {
    // Both mostly wait: they run at the same time.
    for (const [how, played] of [
      ['alone', Scenario.play('alone')] as const,
      ['group', Scenario.play('group')] as const,
    ])
      scenarios.set(how, await played);
  });
  afterAll(async () => {
    await Promise.all([...scenarios.values()].map((scenario) => scenario.stop()));
  });

  describe.each([['alone'], ['group']] as const)('(%s)', (how) => {
    it.each([
      ['before', 'beforeCreate'],
      ['during', 'duringCreate'],
      ['lost', 'answerLost'],
      ['waiting', 'waiting'],
    ] as const)('has its deployment "%s" completed by another, with one stack created', async (stack, name) => {
      const { rig } = after(how);
      const { progress } = after(how).job(name);

      expect(progress).toMatchObject({ status: 'succeeded', error: null });
      const effects = await rig.aws.control.calls({ kind: 'effect', stack: `${how}-${stack}-v1` });
      expect(effects.map(({ status }) => status)).toEqual(['CREATE_COMPLETE']);
      expect(await rig.calls('CreateStack', `${how}-${stack}-v1`)).toBe(1);
    });

    it('has its traffic switch completed by another, with the requested weights', () => {
      expect(after(how).job('traffic').progress).toMatchObject({
        status: 'succeeded',
        result: { traffic: { weights_after: { [`${how}-web-1`]: 0, [`${how}-web-2`]: 100 } } },
      });
    });

    it('has its deletion completed by another', async () => {
      expect(after(how).job('deletion').progress.status).toBe('succeeded');
      expect(await after(how).rig.calls('DeleteStack', `${how}-old-v1`)).toBe(1);
    });

    it('leaves no Senza process, lock or file', async () => {
      const { rig, senzasAtDeath } = after(how);

      expect(senzasAtDeath).toBeGreaterThanOrEqual(3);
      await rig.quiet();
      expect(await rig.leakedKeys()).toEqual([]);
      await rig.filesRemoved();
    });

    it('has its spans and those of the worker that continues in one trace', async () => {
      // The killed worker has sent the span of the step before the others: see the scenario.
      await after(how).hasSpan('job deploy');
      const spans = after(how).traced();
      expect(spans.filter((name) => name === 'senza create')).toHaveLength(1);
      expect(spans).toEqual(expect.arrayContaining(['job queued', 'step create', 'step wait']));
    });

    it('causes a second attempt of the jobs that it had claimed, and of no others', () => {
      expect(after(how).job('duringCreate').attempt).toBe(2);
      expect(after(how).job('waiting').attempt).toBe(after(how).observedAtDeath ? 2 : 1);
    });

    it('is named in the log of such a job, with the worker that continues', () => {
      const { claimedBy, logOfTakeover } = after(how);
      const [killed, successor] = claimedBy;
      expect(killed).not.toBe(successor);
      expect(logOfTakeover.filter((line) => line.startsWith('Worker '))).toEqual([
        `Worker ${killed ?? ''} stopped responding; worker ${successor ?? ''} continues, attempt 2`,
      ]);
    });
  });
});
