import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AwsClient } from './aws-client.js';
import { AwsReader, UNLIMITED } from './index.js';
import {
  event,
  eventPage,
  FakeAws,
  RecordingLimiter,
  recordPage,
  resourcePage,
  stackPage,
  zonePage,
  zonePageOf,
} from './fake-aws.fixture.js';

const REGION = 'eu-west-1';

describe('the pages of an answer of AWS', () => {
  let aws: FakeAws;
  let limiter: RecordingLimiter;
  let reader: AwsReader;

  beforeEach(async () => {
    aws = await FakeAws.start();
    limiter = new RecordingLimiter();
    reader = new AwsReader(limiter);
  });

  afterEach(async () => {
    reader.close();
    await aws.stop();
  });

  it('reads all pages of the stacks, each on the budget of the region', async () => {
    aws.responses = [stackPage(['a-1', 'b-1'], '<NextToken>more</NextToken>'), stackPage(['c-1'])];
    expect((await reader.listStacks(REGION)).map(({ name }) => name)).toEqual(['a-1', 'b-1', 'c-1']);
    expect(aws.bodies.map((body) => body.get('NextToken'))).toEqual([null, 'more']);
    expect(limiter.acquired).toEqual([REGION, REGION]);
  });

  it('reads all pages of the records of a domain, each on the budget of Route 53', async () => {
    aws.responses = [
      resourcePage({ hasDomain: true }),
      zonePage,
      recordPage({ 'shop-1': 150 }, ['shop.example.org.', 'A', 'shop-2']),
      recordPage({ 'shop-2': 50 }, ['zzz.example.org.', 'A', 'other']),
    ];
    const [weights] = await reader.weights(REGION, ['shop-1']);
    expect([...(weights?.weights ?? [])]).toEqual([
      ['shop-1', 75],
      ['shop-2', 25],
    ]);
    expect(aws.paths.at(-1)).toContain('identifier=shop-2&name=shop.example.org.&type=A');
    expect(limiter.acquired).toEqual([REGION, 'route53', 'route53', 'route53']);
  });

  it.each([
    { records: 300, requests: 1 },
    { records: 301, requests: 2 },
  ])('reads a zone of $records records by $requests requests for two of its domains', async ({ records, requests }) => {
    const page = recordPage({ 'shop-1': 200 }, ['zzz.example.org.', 'A', 'other'], { isTruncated: records > 300 });
    aws.responses = [zonePageOf({ records }), page, page];
    const weights = await reader.weights(REGION, [], undefined, ['shop.example.org', 'other.example.org']);
    expect(weights.map(({ domain, variants }) => [domain, variants])).toEqual([
      ['shop.example.org', 1],
      ['other.example.org', 0],
    ]);
    expect(limiter.acquired.slice(1)).toEqual(Array.from({ length: requests }, () => 'route53'));
  });

  it('lists the hosted zones once, however often the weights are read', async () => {
    const records = recordPage({ 'shop-1': 200 }, ['zzz.example.org.', 'A', 'other']);
    const resources = resourcePage({ hasDomain: true });
    aws.responses = [resources, zonePage, records, resources, records];
    const first = await reader.weights(REGION, ['shop-1']);
    expect(await reader.weights(REGION, ['shop-1'])).toEqual(first);
    expect(aws.bodies).toHaveLength(5);
  });

  it('lists the resources of all stacks at the same time', async () => {
    const stacks = ['shop-1', 'shop-2', 'shop-3', 'shop-4'];
    aws.requestsAtOnce = stacks.length;
    aws.responses = stacks.map(() => resourcePage({ hasDomain: false }));
    expect(await reader.weights(REGION, stacks)).toEqual([]);
    expect(aws.bodies.map((body) => body.get('StackName')).toSorted()).toEqual(stacks);
  });

  it('rejects an answer whose pages never end', async () => {
    const endless = new AwsClient(UNLIMITED).pages(
      { operation: 'reading' },
      {
        paginate: async function* () {
          for (;;) yield await Promise.resolve('page');
        },
        itemsOf: (page) => [page],
      },
    );
    await expect(endless).rejects.toMatchObject({ name: 'AwsError', code: 'unknown' });
  });

  it('reads the events back to the begin of the operation, and no further', async () => {
    aws.responses = [
      eventPage(
        [event('hello-1', 'ROLLBACK_COMPLETE'), event('Other', 'CREATE_FAILED', 'Resource creation cancelled')],
        '<NextToken>2</NextToken>',
      ),
      eventPage([event('Queue', 'CREATE_FAILED', 'invalid name')], '<NextToken>3</NextToken>'),
      eventPage(
        [event('hello-1', 'CREATE_IN_PROGRESS', 'User Initiated'), event('hello-1', 'REVIEW_IN_PROGRESS')],
        '<NextToken>4</NextToken>',
      ),
    ];
    expect(await reader.firstFailure(REGION, 'arn:hello-1')).toEqual({
      resource: 'Queue',
      type: 'AWS::SQS::Queue',
      reason: 'invalid name',
    });
    expect(aws.bodies).toHaveLength(3);
  });

  it('names the resource inside nested stacks', async () => {
    const nested = (id: string): string =>
      event('Nested', 'CREATE_FAILED', 'Embedded stack was not successfully created')
        .replace('<PhysicalResourceId>', `<PhysicalResourceId>arn:${id}`)
        .replace('AWS::SQS::Queue', 'AWS::CloudFormation::Stack');
    aws.responses = [
      eventPage([nested('database'), event('hello-1', 'CREATE_IN_PROGRESS')]),
      eventPage([nested('tables')]),
      eventPage([event('Table', 'CREATE_FAILED', 'no such role')]),
    ];
    expect(await reader.firstFailure(REGION, 'arn:hello-1')).toMatchObject({
      resource: 'Nested/Nested/Table',
      reason: 'no such role',
    });
    expect(aws.bodies.map((body) => body.get('StackName'))).toEqual(['arn:hello-1', 'arn:database', 'arn:tables']);
  });
});
