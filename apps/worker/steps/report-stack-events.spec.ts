import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsReader, type StackEvent, type StackSummary, type StackTemplate, UNLIMITED } from '#aws';
import { type JobClaim, pendingStep } from '#jobs';
import { StoreFixture } from '../../../libs/jobs/store/job-store.fixture.js';
import { JobLogWriter } from '../engine/job-log-writer.js';
import { StepContext } from '../engine/step-context.js';
import { fakeServices } from '../engine/step-services.fixture.js';
import { reportStackEvents } from './report-stack-events.js';
import { stackProgressOf } from './stack-events-state.js';

const ROOT = 'arn:aws:cloudformation:eu-west-1:1:stack/hello-v1/1';
const INNER = 'arn:aws:cloudformation:eu-west-1:1:stack/hello-v1-Inner/2';

/** A fake of CloudFormation's events, by stack: the emulator cannot make a nested stack fail. */
class FakeEvents extends AwsReader {
  readonly all = new Map<string, StackEvent[]>([
    [ROOT, []],
    [INNER, []],
  ]);

  constructor() {
    super(UNLIMITED);
  }

  add(stack: string, logicalId: string, status: string, more: Partial<StackEvent> = {}): void {
    const number = [...this.all.values()].flat().length;
    const event = { type: 'AWS::SQS::Queue', physicalId: '', reason: '', isStackEvent: false, logicalId, status };
    this.all.get(stack)?.push({ ...event, id: `event-${number}`, at: new Date(number * 1_000), ...more });
  }

  override template(): Promise<StackTemplate> {
    return Promise.resolve({ resourceCount: 3, identifiers: [], groupedDomains: [], metadata: {} });
  }

  override newStackEvents(_region: string, stack: string, after: string | null): Promise<StackEvent[]> {
    const events = this.all.get(stack) ?? [];
    const known = events.findIndex(({ id }) => id === after);
    return Promise.resolve(events.slice(known + 1).toReversed());
  }
}

describe('reporting the events of a stack', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  let calls = 100;
  const summary = (status: StackSummary['status']): StackSummary => ({
    id: ROOT,
    name: 'hello-v1',
    status,
    statusReason: null,
    createdAt: new Date(0),
    updatedAt: null,
    description: null,
  });

  /** @param startedAt when the job has started, in ms; the events have times from 0 on, a second apart */
  async function start({ startedAt = 0 } = {}): Promise<{
    aws: FakeEvents;
    report: (stack: StackSummary, step?: 'update' | 'wait', operation?: 'create' | 'update') => Promise<string[]>;
    progress: () => unknown;
  }> {
    const aws = new FakeEvents();
    const claim: JobClaim = await fixture.claim((await fixture.submit()).id);
    const tryAcquire = (): Promise<boolean> => Promise.resolve(calls-- > 0);
    const services = { ...fakeServices(fixture), aws, eventCalls: { tryAcquire } };
    const { progress } = claim.job;
    const [update, wait] = [pendingStep('update'), pendingStep('wait')];
    Object.assign(progress, { started_at: new Date(startedAt).toISOString(), steps: [update, wait] });
    const contextOf = (record: typeof wait): StepContext<object> =>
      new StepContext({}, services, record, claim, progress, new JobLogWriter(claim));
    return {
      aws,
      progress: () => stackProgressOf(contextOf(wait)),
      report: async (stack, step = 'wait', operation = 'create') => {
        await reportStackEvents(contextOf(step === 'wait' ? wait : update), stack, operation);
        claim.stop();
        const { lines } = await fixture.store.log({ id: claim.job.submission.id, after: 0, limit: 99 });
        return lines.map(({ text }) => text);
      },
    };
  }

  it('marks the resource of the nested stack that failed, not the nested stack itself', async () => {
    const { aws, report } = await start();
    const nested = { type: 'AWS::CloudFormation::Stack', physicalId: INNER };
    aws.add(ROOT, 'Inner', 'CREATE_IN_PROGRESS', nested);
    aws.add(INNER, 'Inside', 'CREATE_IN_PROGRESS');
    await report(summary('CREATE_IN_PROGRESS'));
    aws.add(INNER, 'Inside', 'CREATE_FAILED', { reason: 'quota exceeded' });
    aws.add(INNER, 'Other', 'CREATE_FAILED', { reason: 'Resource creation cancelled' });
    aws.add(ROOT, 'Inner', 'CREATE_FAILED', { ...nested, reason: 'Embedded stack was not created' });

    expect(await report(summary('ROLLBACK_IN_PROGRESS'))).toEqual([
      'CREATE_IN_PROGRESS AWS::CloudFormation::Stack Inner',
      'CREATE_IN_PROGRESS AWS::SQS::Queue Inner/Inside',
      'CREATE_FAILED AWS::SQS::Queue Inner/Inside [first failure]: quota exceeded',
      'CREATE_FAILED AWS::SQS::Queue Inner/Other: Resource creation cancelled',
      'CREATE_FAILED AWS::CloudFormation::Stack Inner: Embedded stack was not created',
    ]);
  });

  it('continues after the events of another update that the job has waited for, and marks its own failure', async () => {
    const { aws, report } = await start();
    aws.add(ROOT, 'hello-v1', 'UPDATE_IN_PROGRESS', { isStackEvent: true });
    aws.add(ROOT, 'Queue', 'UPDATE_FAILED', { reason: 'the failure before' });
    await report(summary('UPDATE_ROLLBACK_IN_PROGRESS'), 'update', 'update');
    aws.add(ROOT, 'hello-v1', 'UPDATE_ROLLBACK_COMPLETE', { isStackEvent: true });
    aws.add(ROOT, 'hello-v1', 'UPDATE_IN_PROGRESS', { isStackEvent: true });
    aws.add(ROOT, 'Queue', 'UPDATE_FAILED', { reason: 'its own failure' });

    expect(await report(summary('UPDATE_ROLLBACK_IN_PROGRESS'), 'wait', 'update')).toEqual([
      'UPDATE_IN_PROGRESS AWS::SQS::Queue hello-v1',
      'UPDATE_FAILED AWS::SQS::Queue Queue [first failure]: the failure before',
      'UPDATE_ROLLBACK_COMPLETE AWS::SQS::Queue hello-v1',
      'UPDATE_IN_PROGRESS AWS::SQS::Queue hello-v1',
      'UPDATE_FAILED AWS::SQS::Queue Queue [first failure]: its own failure',
    ]);
  });

  it('counts the complete resources of the stack among those of its template', async () => {
    const { aws, report, progress } = await start();
    aws.add(ROOT, 'hello-v1', 'CREATE_IN_PROGRESS', { isStackEvent: true });
    aws.add(ROOT, 'Queue', 'CREATE_IN_PROGRESS');
    aws.add(ROOT, 'Topic', 'CREATE_IN_PROGRESS');
    await report(summary('CREATE_IN_PROGRESS'));
    expect(progress()).toMatchObject({ complete: 0, total: 3, last_event: { resource: 'Topic' } });
    aws.add(ROOT, 'Queue', 'CREATE_COMPLETE');
    await report(summary('REVIEW_IN_PROGRESS'));
    expect(progress()).toMatchObject({
      complete: 1,
      total: 3,
      last_event: { resource: 'Queue', type: 'AWS::SQS::Queue', status: 'CREATE_COMPLETE', reason: null },
    });
  });

  it('leaves out what happened before the job, but counts the resources that were complete then', async () => {
    const { aws, report, progress } = await start({ startedAt: 60_000 });
    aws.add(ROOT, 'hello-v1', 'CREATE_IN_PROGRESS', { isStackEvent: true });
    aws.add(ROOT, 'Queue', 'CREATE_COMPLETE');
    aws.add(ROOT, 'Topic', 'CREATE_COMPLETE', { at: new Date(61_000) });
    expect(await report(summary('CREATE_IN_PROGRESS'))).toEqual(['CREATE_COMPLETE AWS::SQS::Queue Topic']);
    expect(progress()).toMatchObject({ complete: 2, total: 3 });
  });

  it('reads later what the budget of calls does not allow now', async () => {
    const { aws, report } = await start();
    aws.add(ROOT, 'Queue', 'CREATE_IN_PROGRESS');
    calls = 0;
    expect(await report(summary('CREATE_IN_PROGRESS'))).toEqual([]);
    calls = 1;
    expect(await report(summary('CREATE_IN_PROGRESS'))).toEqual(['CREATE_IN_PROGRESS AWS::SQS::Queue Queue']);
    calls = 1;
    await report(summary('CREATE_IN_PROGRESS'));
    // The status is the same, and no client follows the job: no call was made.
    expect(calls).toBe(1);
  });
});
