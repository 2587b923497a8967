import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type FaultRule } from '../../local/services/index.js';
import { bare } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';
import { ExternalActor, weightedTemplate } from '../support/external-actor.js';

/** AWS's other code for throttling. At "Throttling" Senza itself sleeps for ten seconds, five times. */
const limit = { kind: 'error', code: 'RequestLimitExceeded', message: 'Rate exceeded' } as const;

describe('a job that AWS throttles', () => {
  let rig: TestEnvironment;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1 });
    const external = new ExternalActor(rig.aws);
    await external.createStack('app', '1', weightedTemplate('app', '1', 100));
    await external.createStack('app', '2', weightedTemplate('app', '2', 0));
  });
  afterEach(async () => {
    await rig.aws.control.clearFaults();
    expect(await rig.leakedKeys()).toEqual([]);
  });
  afterAll(async () => {
    await rig.stop();
  });

  /** Submits a job, each of whose calls meets the fault until the job has reported it. */
  const isThrottled = async (fault: FaultRule, submit: () => Promise<string>): Promise<string> => {
    await rig.aws.control.addFault({ ...fault, times: null });
    const id = await submit();
    await rig.when(id, 'throttling', ({ progress }) => progress.waiting_for?.reason === 'throttled');
    await rig.aws.control.clearFaults();
    const { progress } = await rig.ended(id);
    expect(progress).toMatchObject({ status: 'succeeded', waiting_for: null });
    expect((await rig.log(id)).join('\n')).toContain('the next attempt is at');
    return id;
  };

  it.each<[string, FaultRule]>([
    ['a creation', { ...limit, action: 'CreateStack' }],
    ['a read of the stack', { kind: 'throttle', action: 'DescribeStacks' }],
  ])('reports it, and continues with %s later', async (what, fault) => {
    const version = what.replaceAll(' ', '');
    await isThrottled(fault, () => rig.deploy(bare('thr'), version));
    expect(await rig.calls('CreateStack', `thr-${version}`)).toBe(1);
  });

  it('slows the calls of the agent when a Senza command is throttled', async () => {
    const budget = `${rig.keys.base}budget:eu-west-1`;
    await rig.redis.hdel(budget, 'factor', 'slow_until');
    await rig.aws.control.addFault({ kind: 'throttle', action: 'CreateStack' });
    expect((await rig.ended(await rig.deploy(bare('thr'), 'slows'))).progress.status).toBe('succeeded');
    expect(await rig.redis.hexists(budget, 'slow_until')).toBe(1);
  });

  it('keeps waiting when the listing is throttled', async () => {
    await rig.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'thr-listed', seconds: 600 });
    const id = await rig.deploy(bare('thr'), 'listed');
    await rig.inStep(id, 'wait');
    await rig.aws.control.addFault({ kind: 'throttle', action: 'ListStacks', times: null });
    await rig.when(id, 'throttling', ({ progress }) => progress.waiting_for?.reason === 'throttled');
    await rig.aws.control.clearFaults();
    await rig.aws.control.finish('thr-listed');
    expect((await rig.ended(id)).progress.status).toBe('succeeded');
  });

  it.each<[string, string, number, FaultRule]>([
    ['an update', '2', 30, { ...limit, action: 'UpdateStack' }],
    [
      'Route 53',
      '2',
      60,
      {
        kind: 'error',
        service: 'route53',
        action: 'ListResourceRecordSets',
        code: 'PriorRequestNotComplete',
      },
    ],
    [
      'a stack that another client is changing',
      '1',
      80,
      {
        kind: 'error',
        action: 'UpdateStack',
        code: 'ValidationError',
        message: 'Stack:arn:app-1 is in UPDATE_IN_PROGRESS state and can not be updated.',
      },
    ],
  ])('eventually switches the traffic after %s was deferred', async (_what, version, share, fault) => {
    const switching = { stack: 'app', version };
    const id = await isThrottled(fault, () => rig.submit('patch_stack', { new_traffic: share }, switching));
    expect((await rig.job(id)).progress.result?.['traffic']).toMatchObject({
      weights_after: { [`app-${version}`]: share, [`app-${version === '1' ? '2' : '1'}`]: 100 - share },
    });
  });
});
