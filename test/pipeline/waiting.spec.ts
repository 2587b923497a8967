import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../local/services/index.js';
import { bare } from '../support/definitions.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';

const JOBS = 5;
const POLL_SECONDS = 2;
/** For how long the calls to AWS are counted. */
const WATCHED_TICKS = 3;

describe('the slots of a worker', () => {
  let rig: TestEnvironment;
  beforeAll(async () => {
    rig = await TestEnvironment.start({
      workers: 1,
      stackSeconds: 600,
      workerEnv: { WORKER_CONCURRENCY: '1', POLL_SECONDS: String(POLL_SECONDS) },
    });
  });
  afterAll(async () => {
    await rig.stop();
  });

  it('are not occupied by jobs that wait for CloudFormation, which share one listing per tick', async () => {
    const versions = Array.from({ length: JOBS }, (_, index) => `v${index + 1}`);
    const ids = await Promise.all(versions.map((version) => rig.deploy(bare('wait'), version)));
    for (const id of ids) {
      await rig.when(id, 'CloudFormation', ({ progress: { waiting_for: wait } }) => {
        return wait?.reason === 'cloudformation' && wait.state === 'CREATE_IN_PROGRESS';
      });
    }
    expect(await rig.log(ids[0] ?? '')).toContain('Waiting: stack wait-v1: CREATE_IN_PROGRESS');
    const listings = async () => await rig.aws.control.calls({ kind: 'call', action: 'ListStacks', region: REGION });
    const begin = Date.now();
    const before = (await listings()).length;
    await until('some ticks', async () => (await listings()).length >= before + WATCHED_TICKS);
    const seen = (await listings()).length - before;
    const ticks = Math.floor((Date.now() - begin) / (POLL_SECONDS * 1000)) + 1;
    // Ticks are at multiples of the interval: one listing each, however many wait. The one before the first may have been late.
    expect(seen).toBeLessThanOrEqual(ticks + 1);
    expect(await rig.calls('DescribeStacks')).toBeLessThan(JOBS * 5);

    await rig.aws.control.finishPending();
    const ended = await Promise.all(ids.map((id) => rig.ended(id)));
    expect(ended.map(({ progress }) => progress.status)).toEqual(versions.map(() => 'succeeded'));
  });

  it('are left to another user when one has many jobs that take long', async () => {
    await rig.aws.control.setStackSeconds(0);
    await rig.aws.control.addFault({ kind: 'delay', action: 'CreateStack', seconds: 5, times: null });
    const many = await Promise.all([1, 2, 3, 4].map((version) => rig.deploy(bare('many'), String(version))));
    await rig.acting(many[0] ?? '', 'create');
    const other = await rig.deploy(bare('other'), '1', {}, { requestedBy: 'ben' });
    expect((await rig.ended(other)).progress.status).toBe('succeeded');
    const statuses = await Promise.all(many.map(async (id) => (await rig.job(id)).progress.status));
    expect(statuses.filter((status) => status === 'queued').length).toBeGreaterThan(1);
    const ended = await Promise.all(many.map((id) => rig.ended(id)));
    expect(ended.map(({ progress }) => progress.status)).toEqual(many.map(() => 'succeeded'));
  });
});
