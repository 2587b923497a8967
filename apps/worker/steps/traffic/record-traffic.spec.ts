import { AwsReader, type DomainWeights, type Stack, type StackSummary, UNLIMITED } from '#aws';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pendingStep } from '#jobs';
import { StoreFixture } from '../../../../libs/jobs/store/job-store.fixture.js';
import { JobExecution } from '../../engine/job-execution.js';
import { JobLogWriter } from '../../engine/job-log-writer.js';
import { droppedTelemetry } from '../../engine/job-telemetry.fixture.js';
import { Journal } from '../../engine/journal.js';
import { fakeEnvironment, fakeServices } from '../../engine/step-services.fixture.js';
import { type Step } from '../../engine/step.js';
import { stack } from '../clean-up.fixture.js';
import { readWeights } from '../weights.js';
import { versionsOf } from '../stack-versions.js';
import { recordTraffic } from './record-traffic.js';

/** A fake of AWS that lists version 2 only: version 1 is new, and the stack of version 0 was deleted. */
class LateListing extends AwsReader {
  override listStacks(): Promise<StackSummary[]> {
    return Promise.resolve([stack('2', 2)]);
  }

  override stackByName(_region: string, name: string): Promise<Stack | null> {
    if (name !== 'app-1') return Promise.resolve(null);
    return Promise.resolve({ ...stack('1', 1), tags: {}, parameters: [], terminationProtection: false });
  }

  override weights(): Promise<DomainWeights[]> {
    const identifiers = ['app-0', 'app-1', 'app-2', 'legacy'];
    const records = identifiers.map((SetIdentifier) => {
      return { zone: 'Z1', record: { Name: 'app.example.org.', Type: 'A', SetIdentifier, Weight: 50 } };
    });
    const weights = new Map(identifiers.map((each) => [each, 25]));
    return Promise.resolve([
      { domain: 'app.example.org', variant: null, variants: 1, owners: ['app-2'], weights, records },
    ]);
  }
}

describe('the record of a traffic change', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('counts no record as one without a version whose stack AWS does not list yet', async () => {
    const services = fakeServices(fixture, { aws: new LateListing(UNLIMITED) });
    const claim = await fixture.claim((await fixture.submit({ stack: 'app', version: '2' })).id);
    const { submission, progress } = claim.job;
    let isChanged = false;
    const step: Step<object> = {
      name: 'traffic',
      locksStackName: true,
      async observe(context) {
        await readWeights(context, await versionsOf(context));
        return isChanged ? { state: 'done', message: 'changed' } : { state: 'not_started' };
      },
      apply() {
        isChanged = true;
        return Promise.resolve();
      },
    };
    progress.steps = [pendingStep(step.name)];
    const writer = new JobLogWriter(claim);
    const journal = new Journal(claim, progress, services, writer, droppedTelemetry(submission));
    const environment = fakeEnvironment(fixture, services);
    await new JobExecution([recordTraffic(step)], {}, claim, journal, writer, environment).run();

    const [change] = await services.traffic.list({ region: 'eu-west-1', name: 'app' });
    expect(change?.records.map(({ record }) => record['SetIdentifier'])).toEqual(['app-0', 'legacy']);
  });
});
