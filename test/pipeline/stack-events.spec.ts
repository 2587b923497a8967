import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { serverSentEvents } from '../../libs/client/index.js';
import { bare } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

const stackEvent = z.object({
  resource: z.string(),
  status: z.string(),
  reason: z.string().nullable(),
  is_first_failure: z.boolean(),
});
const failedJob = z.looseObject({ error: z.looseObject({ type: z.string(), detail: z.string() }) });
const jobSchema = z.looseObject({ log: z.object({ lines: z.int(), sha256: z.string() }) });

let lizzy: TestEnvironment;
beforeAll(async () => {
  lizzy = await TestEnvironment.start({ apis: 1, workers: 1 });
});
afterAll(async () => {
  await lizzy.stop();
});

async function logOf(id: string): Promise<string> {
  const path = `/api/jobs/${id}/log?limit=10000`;
  return (await lizzy.call('GET', path, { headers: { accept: 'text/plain' } })).text;
}

/** S3 without its SDK; the emulator checks no signatures. */
async function upload(path: string, body: string): Promise<void> {
  const credential = 'Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x';
  const headers = { authorization: `AWS4-HMAC-SHA256 ${credential}` };
  const response = await fetch(`${lizzy.aws.url}${path}`, { method: 'PUT', headers, body });
  if (!response.ok) throw new Error(await response.text());
}

/** A resource: the stack of a template that was uploaded. */
function nestedStack(template: string, bucket = 'templates'): string {
  const properties = `Properties: {TemplateURL: "https://${bucket}.s3.amazonaws.com/${template}.json"}`;
  return `  Inner: {Type: "AWS::CloudFormation::Stack", ${properties}}\n`;
}

describe('the events of a stack', () => {
  it('are named as unreadable, in the log and beside the failure, when the workers may not read them', async () => {
    const stack = 'unread-v1';
    const message =
      'User: arn:aws:sts::1:assumed-role/lizzy is not authorized to perform: cloudformation:DescribeStackEvents';
    await lizzy.aws.control.addFault(
      { kind: 'fail_stack', action: 'CreateStack', stack },
      { kind: 'error', action: 'DescribeStackEvents', stack, code: 'AccessDenied', status: 403, message, times: null },
    );
    const id = await lizzy.deployByApi(bare('unread'));
    await lizzy.ended(id);
    const job = failedJob.parse((await lizzy.call('GET', `/api/jobs/${id}`)).json);
    expect(job.error.type).toBe('urn:lizzy:problem:stack-failed');
    expect(job.error.detail).toMatch(
      /^The stack unread-v1 is ROLLBACK_\w+: .*its events cannot be read: .*DescribeStackEvents/,
    );
    const told = (await logOf(id))
      .split('\n')
      .filter((line) => line.startsWith('What CloudFormation does is not shown'));
    expect(told).toEqual([expect.stringContaining(message)]);
  });

  it('come into the job’s events as they happen, the first failure marked, and none twice when another worker continues', async () => {
    const stack = 'reported-v1';
    await lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack, seconds: 4 });
    await lizzy.aws.control.addFault({ kind: 'fail_stack', action: 'CreateStack', stack, reason: 'quota exceeded' });
    const id = await lizzy.deployByApi(bare('reported'));
    const response = await fetch(`${lizzy.api.url}/api/jobs/${id}/events`, {
      headers: { authorization: `Bearer ${lizzy.token}` },
    });
    const seen: z.output<typeof stackEvent>[] = [];
    const types: (string | undefined)[] = [];
    const texts: string[] = [];
    for await (const { event, data } of serverSentEvents(response)) {
      types.push(event);
      if (typeof data['text'] === 'string') texts.push(data['text']);
      if (event !== 'stack_event') continue;
      const found = stackEvent.parse(data);
      seen.push(found);
      if (!found.is_first_failure) continue;
      // The stack is being rolled back now.
      await Promise.all(lizzy.workers.map((worker) => worker.stop()));
      await lizzy.addWorker();
    }

    expect(seen.map((each) => [each.resource, each.status, each.reason, each.is_first_failure])).toEqual([
      [stack, 'CREATE_IN_PROGRESS', 'User Initiated', false],
      ['Queue', 'CREATE_IN_PROGRESS', null, false],
      ['Queue', 'CREATE_FAILED', 'quota exceeded', true],
      [stack, 'ROLLBACK_IN_PROGRESS', expect.stringContaining('[Queue]'), false],
      [stack, 'ROLLBACK_COMPLETE', null, false],
    ]);
    expect(types.slice(-1)).toEqual(['end']);

    const text = await logOf(id);
    expect(text).toContain('\nCREATE_FAILED AWS::SQS::Queue Queue [first failure]: quota exceeded\n');
    expect(texts.map((line) => `${line}\n`).join('')).toBe(text);
    const { log } = jobSchema.parse((await lizzy.call('GET', `/api/jobs/${id}`)).json);
    const sha256 = createHash('sha256').update(text).digest('hex');
    expect(log).toEqual({ lines: text.split('\n').length - 1, sha256 });
  });

  it('have reasons that can neither add lines to a log nor change a terminal', async () => {
    const reason = 'first\u2028 \u202eline\nJob succeeded';
    await lizzy.aws.control.addFault({ kind: 'fail_stack', action: 'CreateStack', stack: 'hostile-v1', reason });
    const id = await lizzy.deployByApi(bare('hostile'));
    await lizzy.ended(id);
    const job = failedJob.parse((await lizzy.call('GET', `/api/jobs/${id}`)).json);
    expect(job.error).toMatchObject({ reason: 'first line Job succeeded' });
    expect(await logOf(id)).toContain(
      '\nCREATE_FAILED AWS::SQS::Queue Queue [first failure]: first line Job succeeded\n',
    );
  });

  it('include those of nested stacks, which name the path of the resource', async () => {
    await upload('/templates', '');
    await upload('/templates/nested.json', JSON.stringify({ Resources: { Inside: { Type: 'AWS::SQS::Queue' } } }));
    const id = await lizzy.deployByApi(`${bare('outer')}${nestedStack('nested')}`);
    expect((await lizzy.ended(id)).progress.status).toBe('succeeded');

    expect((await logOf(id)).match(/^CREATE_COMPLETE .*$/gm)?.sort()).toEqual([
      'CREATE_COMPLETE AWS::CloudFormation::Stack Inner',
      'CREATE_COMPLETE AWS::CloudFormation::Stack Inner',
      'CREATE_COMPLETE AWS::CloudFormation::Stack outer-v1',
      'CREATE_COMPLETE AWS::SQS::Queue Inner/Inside',
      'CREATE_COMPLETE AWS::SQS::Queue Queue',
    ]);
  });

  it('of a nested stack that fails mark the resource in it, which the job names as the cause', async () => {
    await upload('/failing', '');
    const Inside = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'not valid!' } };
    await upload('/failing/inner.json', JSON.stringify({ Resources: { Inside } }));
    const id = await lizzy.deployByApi(`${bare('broken')}${nestedStack('inner', 'failing')}`);
    const { progress } = await lizzy.ended(id);
    expect(progress.error).toMatchObject({
      code: 'stack_failed',
      data: { resource: 'Inner/Inside', resource_type: 'AWS::SQS::Queue' },
    });
    expect((await logOf(id)).match(/^CREATE_FAILED \S+ \S+ \[first failure\]/gm)).toEqual([
      'CREATE_FAILED AWS::SQS::Queue Inner/Inside [first failure]',
    ]);
  });
});
