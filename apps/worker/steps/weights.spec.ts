import { AwsReader, type DomainWeights, UNLIMITED } from '#aws';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pendingStep } from '#jobs';
import { StoreFixture } from '../../../libs/jobs/store/job-store.fixture.js';
import { JobLogWriter } from '../engine/job-log-writer.js';
import { StepContext } from '../engine/step-context.js';
import { fakeServices } from '../engine/step-services.fixture.js';
import { currentTraffic } from './weights.js';

/** A fake of AWS in which `app-2` has an A record, and others have AAAA records beside it. */
class SharedDomain extends AwsReader {
  override weights(): Promise<DomainWeights[]> {
    const record = (Type: 'A' | 'AAAA', SetIdentifier: string): DomainWeights['records'][number] => {
      return { zone: 'Z1', record: { Name: 'app.example.org.', Type, SetIdentifier, Weight: 200 } };
    };
    const records = [record('A', 'app-2'), ...['app-1', 'app-x-1', 'legacy'].map((each) => record('AAAA', each))];
    const weights = new Map(records.map(({ record: { SetIdentifier = '' } }) => [SetIdentifier, 100]));
    return Promise.resolve([
      { domain: 'app.example.org', variant: null, variants: 2, owners: ['app-2'], weights, records },
    ]);
  }
}

describe('the traffic of a stack', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('names records of other versions beside its own, and none of another application whose name begins alike', async () => {
    const services = fakeServices(fixture, { aws: new SharedDomain(UNLIMITED) });
    const claim = await fixture.claim((await fixture.submit({ stack: 'app', version: '2' })).id);
    const record = pendingStep('traffic');
    const context = new StepContext({}, services, record, claim, claim.job.progress, new JobLogWriter(claim));
    const traffic = await currentTraffic(context, []);
    claim.stop();
    expect(traffic?.unmatched).toEqual([{ domain: 'app.example.org', kind: 'AAAA record', stack: 'app-1' }]);
  });
});
