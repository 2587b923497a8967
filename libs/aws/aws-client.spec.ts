import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { AwsReader, type RateLimiter } from './index.js';

const REGION = 'eu-west-1';

/** What the fake answers: status and body. */
type FakeAnswer = readonly [status: number, body: string];

/** AWS's query protocol over real HTTP: hands out the answers in order and keeps what was asked. */
class FakeAws {
  readonly asked: URLSearchParams[] = [];
  answers: FakeAnswer[] = [];
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.asked.push(new URLSearchParams(Buffer.concat(chunks).toString()));
      const [status, body] = this.answers.shift() ?? [500, ''];
      response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
    });
  });

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

function error(status: number, code: string): FakeAnswer {
  return [
    status,
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>words of AWS</Message></Error></ErrorResponse>`,
  ];
}

function answer(action: string, result: string): FakeAnswer {
  return [
    200,
    `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${action}Result>${result}</${action}Result></${action}Response>`,
  ];
}

function summaries(names: readonly string[], next = ''): FakeAnswer {
  const members = names.map(
    (name) =>
      `<member><StackId>arn:${name}</StackId><StackName>${name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-11-22T18:31:46Z</CreationTime></member>`,
  );
  return answer('ListStacks', `<StackSummaries>${members.join('')}</StackSummaries>${next}`);
}

/** `resource` is the stack itself when it has the stack's name. */
function event(resource: string, status: string, reason = ''): string {
  const own = resource === 'hello-1';
  return `<member><EventId>1</EventId><StackId>arn:hello-1</StackId><StackName>hello-1</StackName><LogicalResourceId>${resource}</LogicalResourceId>
    <PhysicalResourceId>${own ? 'arn:hello-1' : ''}</PhysicalResourceId><ResourceType>${own ? 'AWS::CloudFormation::Stack' : 'AWS::SQS::Queue'}</ResourceType>
    <ResourceStatus>${status}</ResourceStatus><ResourceStatusReason>${reason}</ResourceStatusReason><Timestamp>2026-11-22T18:31:46Z</Timestamp></member>`;
}

function events(members: readonly string[], next = ''): FakeAnswer {
  return answer('DescribeStackEvents', `<StackEvents>${members.join('')}</StackEvents>${next}`);
}

describe('a request to AWS', () => {
  let aws: FakeAws;
  let looks: AwsReader;
  let acquired: string[];
  let slowedDown: string[];

  beforeEach(async () => {
    aws = new FakeAws();
    process.env['AWS_ENDPOINT_URL'] = await aws.start();
    process.env['AWS_ACCESS_KEY_ID'] = 'spec';
    process.env['AWS_SECRET_ACCESS_KEY'] = 'spec';
    acquired = [];
    slowedDown = [];
    const budget: RateLimiter = {
      acquire: (scope) => {
        acquired.push(scope);
        return Promise.resolve();
      },
      slowDown: (scope) => {
        slowedDown.push(scope);
        return Promise.resolve();
      },
    };
    looks = new AwsReader(budget);
  });

  afterEach(async () => {
    looks.close();
    await aws.stop();
  });

  it('reads all pages of the stacks, each on the budget of the region', async () => {
    aws.answers = [summaries(['a-1', 'b-1'], '<NextToken>more</NextToken>'), summaries(['c-1'])];
    expect((await looks.listStacks(REGION)).map(({ name }) => name)).toEqual(['a-1', 'b-1', 'c-1']);
    expect(aws.asked.map((asked) => asked.get('NextToken'))).toEqual([null, 'more']);
    expect(acquired).toEqual([REGION, REGION]);
  });

  it('reads the events back to the begin of the operation, and no further', async () => {
    aws.answers = [
      events(
        [event('hello-1', 'ROLLBACK_COMPLETE'), event('Other', 'CREATE_FAILED', 'Resource creation cancelled')],
        '<NextToken>2</NextToken>',
      ),
      events([event('Queue', 'CREATE_FAILED', 'invalid name')], '<NextToken>3</NextToken>'),
      events(
        [event('hello-1', 'CREATE_IN_PROGRESS', 'User Initiated'), event('hello-1', 'REVIEW_IN_PROGRESS')],
        '<NextToken>4</NextToken>',
      ),
    ];
    expect(await looks.firstFailure(REGION, 'arn:hello-1')).toEqual({
      resource: 'Queue',
      type: 'AWS::SQS::Queue',
      reason: 'invalid name',
    });
    expect(aws.asked).toHaveLength(3);
  });

  it('names the resource inside a nested stack', async () => {
    const nested = event('Database', 'CREATE_FAILED', 'Embedded stack was not successfully created')
      .replace('<PhysicalResourceId>', '<PhysicalResourceId>arn:nested')
      .replace('AWS::SQS::Queue', 'AWS::CloudFormation::Stack');
    aws.answers = [
      events([nested, event('hello-1', 'CREATE_IN_PROGRESS')]),
      events([event('Table', 'CREATE_FAILED', 'no such role')]),
    ];
    expect(await looks.firstFailure(REGION, 'arn:hello-1')).toMatchObject({
      resource: 'Database/Table',
      reason: 'no such role',
    });
    expect(aws.asked.map((asked) => asked.get('StackName'))).toEqual(['arn:hello-1', 'arn:nested']);
  });

  it('retries when AWS throttles, reports it to the budget, and takes the retries from it', async () => {
    aws.answers = [error(400, 'Throttling'), summaries(['a-1'])];
    expect(await looks.listStacks(REGION)).toHaveLength(1);
    expect(slowedDown).toEqual([REGION]);
    expect(acquired).toHaveLength(2);
  });

  it('reports throttling when it continues', async () => {
    aws.answers = Array.from({ length: 10 }, () => error(400, 'Throttling'));
    await expect(looks.listStacks(REGION)).rejects.toMatchObject({ name: 'AwsError', code: 'throttled' });
    expect(slowedDown.length).toBe(aws.asked.length);
    expect(acquired.length).toBe(aws.asked.length);
  });

  it.each([
    ['AccessDenied', 'refused', error(403, 'AccessDenied')],
    ['ExpiredToken', 'no_credentials', error(403, 'ExpiredToken')],
    ['ValidationError', 'invalid', error(400, 'ValidationError')],
    [
      'a stack without a status',
      'unknown',
      answer('ListStacks', '<StackSummaries><member><StackName>a-1</StackName></member></StackSummaries>'),
    ],
  ])('reads %s as %s', async (_what, code, given) => {
    aws.answers = [given];
    await expect(looks.listStacks(REGION)).rejects.toMatchObject({ code });
    expect(aws.asked).toHaveLength(1);
  });

  it('does not mistake another refusal for a stack that does not exist', async () => {
    aws.answers = [error(400, 'ValidationError')];
    await expect(looks.stackByName(REGION, 'hello-1')).rejects.toMatchObject({ code: 'invalid' });
  });

  it('retries server errors of AWS, and reports it as unavailable when they continue', async () => {
    aws.answers = [error(503, 'ServiceUnavailable'), summaries(['a-1'])];
    expect(await looks.listStacks(REGION)).toHaveLength(1);
    await expect(looks.listStacks(REGION)).rejects.toMatchObject({ code: 'unavailable' });
    expect(slowedDown).toEqual([]);
  });
});
