import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type RateLimiter } from './index.js';

/** A response of the fake. */
export type FakeResponse = readonly [status: number, body: string];

/** A fake of AWS over HTTP: returns the responses in order and keeps the requests. */
export class FakeAws {
  /** The bodies, as those of the query protocol. */
  readonly bodies: URLSearchParams[] = [];
  readonly paths: string[] = [];
  responses: FakeResponse[] = [];
  /** The number of waiting requests from which the first ones get their responses. */
  requestsAtOnce = 1;
  private readonly waiting: (() => void)[] = [];
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.bodies.push(new URLSearchParams(Buffer.concat(chunks).toString()));
      this.paths.push(request.url ?? '');
      this.waiting.push(() => {
        const [status, body] = this.responses.shift() ?? [500, ''];
        response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
      });
      if (this.waiting.length < this.requestsAtOnce) return;
      this.requestsAtOnce = 1;
      for (const respond of this.waiting.splice(0)) respond();
    });
  });

  /** Starts it, and points the SDK's clients that are made from now on to it. */
  static async start(): Promise<FakeAws> {
    const fake = new FakeAws();
    fake.server.listen(0, '127.0.0.1');
    await once(fake.server, 'listening');
    const address = fake.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    process.env['AWS_ENDPOINT_URL'] = `http://127.0.0.1:${port}`;
    process.env['AWS_ACCESS_KEY_ID'] = 'spec';
    process.env['AWS_SECRET_ACCESS_KEY'] = 'spec';
    return fake;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** An error of the query protocol. */
export function errorResponse(status: number, code: string): FakeResponse {
  return [
    status,
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>words of AWS</Message></Error></ErrorResponse>`,
  ];
}

/** A response of the query protocol. */
export function queryResponse(action: string, result: string): FakeResponse {
  return [
    200,
    `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${action}Result>${result}</${action}Result></${action}Response>`,
  ];
}

/** A page of ListStacks. @param next `<NextToken>` of the next page */
export function stackPage(names: readonly string[], next = ''): FakeResponse {
  const members = names.map(
    (name) =>
      `<member><StackId>arn:${name}</StackId><StackName>${name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-11-22T18:31:46Z</CreationTime></member>`,
  );
  return queryResponse('ListStacks', `<StackSummaries>${members.join('')}</StackSummaries>${next}`);
}

/** A response of Route 53. */
function route53Response(action: string, result: string): FakeResponse {
  return [
    200,
    `<${action}Response xmlns="https://route53.amazonaws.com/doc/2013-04-01/">${result}</${action}Response>`,
  ];
}

/** The only page of a stack's resources: a record of `shop.example.org`, or nothing. */
export function resourcePage({ hasDomain }: { hasDomain: boolean }): FakeResponse {
  const domain = `<member><LogicalResourceId>MainDomain</LogicalResourceId><ResourceType>AWS::Route53::RecordSet</ResourceType>
    <PhysicalResourceId>shop.example.org</PhysicalResourceId></member>`;
  return queryResponse(
    'ListStackResources',
    `<StackResourceSummaries>${hasDomain ? domain : ''}</StackResourceSummaries>`,
  );
}

/** The only page of the hosted zones, `example.org`. */
export const zonePage = zonePageOf({ records: 301 });

/** The same zone with so many records. */
export function zonePageOf({ records }: { records: number }): FakeResponse {
  const zone = `<Id>/hostedzone/Z1</Id><Name>example.org.</Name><ResourceRecordSetCount>${records}</ResourceRecordSetCount>`;
  return route53Response('ListHostedZones', `<HostedZones><HostedZone>${zone}</HostedZone></HostedZones>`);
}

/** A page of the weighted records of `shop.example.org`, and the name, type and identifier where the next one begins. */
export function recordPage(
  weights: Record<string, number>,
  [name, type, identifier]: readonly string[],
  { isTruncated = true } = {},
): FakeResponse {
  const sets = Object.entries(weights).map(
    ([id, weight]) =>
      `<ResourceRecordSet><Name>shop.example.org.</Name><Type>A</Type><SetIdentifier>${id}</SetIdentifier><Weight>${weight}</Weight></ResourceRecordSet>`,
  );
  const next = `<NextRecordName>${name}</NextRecordName><NextRecordType>${type}</NextRecordType><NextRecordIdentifier>${identifier}</NextRecordIdentifier>`;
  return route53Response(
    'ListResourceRecordSets',
    `<ResourceRecordSets>${sets.join('')}</ResourceRecordSets><IsTruncated>${isTruncated}</IsTruncated>${isTruncated ? next : ''}`,
  );
}

/** An event of the stack `hello-1`. @param resource the stack itself when it has the stack's name */
export function event(resource: string, status: string, reason = ''): string {
  const own = resource === 'hello-1';
  return `<member><EventId>1</EventId><StackId>arn:hello-1</StackId><StackName>hello-1</StackName><LogicalResourceId>${resource}</LogicalResourceId>
    <PhysicalResourceId>${own ? 'arn:hello-1' : ''}</PhysicalResourceId><ResourceType>${own ? 'AWS::CloudFormation::Stack' : 'AWS::SQS::Queue'}</ResourceType>
    <ResourceStatus>${status}</ResourceStatus><ResourceStatusReason>${reason}</ResourceStatusReason><Timestamp>2026-11-22T18:31:46Z</Timestamp></member>`;
}

/** A page of DescribeStackEvents. @param next `<NextToken>` of the next page */
export function eventPage(members: readonly string[], next = ''): FakeResponse {
  return queryResponse('DescribeStackEvents', `<StackEvents>${members.join('')}</StackEvents>${next}`);
}

/** A budget that keeps what was taken from it. */
export class RecordingLimiter implements RateLimiter {
  readonly acquired: string[] = [];
  readonly slowedDown: string[] = [];
  /** Called when requests are taken from the budget. */
  onAcquire: (signal?: AbortSignal) => Promise<void> = () => Promise.resolve();

  async acquire(scope: string, _calls: number, signal?: AbortSignal): Promise<void> {
    this.acquired.push(scope);
    await this.onAcquire(signal);
  }

  async slowDown(scope: string): Promise<void> {
    this.slowedDown.push(scope);
    return Promise.resolve();
  }
}
