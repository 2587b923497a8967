import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { until } from '../../local/services/index.js';
import { bare, scalable, weighted } from '../support/definitions.js';
import { type Answer, type CallOptions } from '#client';
import { TestEnvironment } from '../support/test-environment.js';

const jobSchema = z.looseObject({ id: z.string(), status: z.string() });

let lizzy: TestEnvironment;
beforeAll(async () => {
  lizzy = await TestEnvironment.start({ apis: 1, workers: 1 });
});
afterAll(async () => {
  await lizzy.stop();
});

async function create(definition: string, version: string, options: CallOptions = {}, more = {}): Promise<Answer> {
  const body = { senza_yaml: definition, stack_version: version, ...more };
  return await lizzy.call('POST', '/api/stacks', { ...options, body });
}

async function ended(id: string): Promise<z.output<typeof jobSchema>> {
  let job: z.output<typeof jobSchema> | undefined;
  await until('the job to end', async () => {
    job = jobSchema.parse((await lizzy.call('GET', `/api/jobs/${id}?wait=10`)).json);
    return !['queued', 'running'].includes(job.status);
  });
  return jobSchema.parse(job);
}

describe('a change through Lizzy 2’s API', () => {
  it('is a job that is named, and in the history', async () => {
    const { status, headers } = await create(bare('named'), '1');

    expect(status).toBe(201);
    expect(headers.get('vary')).toBe('Prefer');
    expect(await ended(headers.get('x-lizzy-job-id') ?? '')).toMatchObject({
      kind: 'create_stack',
      status: 'succeeded',
      requested_by: 'robot',
    });
  });

  it('responds immediately with Prefer: respond-async', async () => {
    const { status, headers, json } = await create(bare('async'), '1', { headers: { prefer: 'respond-async' } });
    const { id } = jobSchema.parse(json);

    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/api/jobs/${id}`);
    expect(headers.get('preference-applied')).toBe('respond-async');
    expect(headers.get('vary')).toBe('Prefer');
    expect(headers.get('x-lizzy-job-id')).toBe(id);
    expect(await ended(id)).toMatchObject({ status: 'succeeded' });
  });

  it('responds with the finished job when a request with Prefer: respond-async is repeated', async () => {
    const headers = { prefer: 'respond-async', 'idempotency-key': 'repeated' };
    for (const [method, path, body, outcome] of [
      ['POST', '/api/stacks', { senza_yaml: bare('repeated'), stack_version: '1' }, 'succeeded'],
      ['PATCH', '/api/stacks/missing-1', { new_traffic: 100 }, 'failed'],
    ] as const) {
      const { id } = jobSchema.parse((await lizzy.call(method, path, { body, headers })).json);
      await ended(id);
      const again = await lizzy.call(method, path, { body, headers });
      expect([again.status, again.headers.get('preference-applied')]).toEqual([202, 'respond-async']);
      expect(again.json).toMatchObject({ id, status: outcome });
    }
  });

  it('is waited for no longer than Prefer: wait=N says', async () => {
    await lizzy.aws.control.addFault({ kind: 'delay', action: 'CreateStack', stack: 'late-1', seconds: 3 });
    const late = await create(bare('late'), '1', { headers: { prefer: 'wait=1' } });
    expect([late.status, late.headers.get('preference-applied')]).toEqual([202, 'wait=1']);
    await ended(jobSchema.parse(late.json).id);

    const soon = await create(bare('soon'), '1', { headers: { prefer: 'respond-async, wait=30' } });
    expect([soon.status, soon.headers.get('preference-applied')]).toEqual([201, 'wait=30']);
  });

  it('continues when its caller disconnects', async () => {
    await lizzy.aws.control.addFault({ kind: 'delay', action: 'CreateStack', stack: 'gone-1', seconds: 600 });
    const caller = new AbortController();
    const call = create(bare('gone'), '1', { signal: caller.signal });
    await until('the job to be known', async () => (await newestJob()).stack_name === 'gone');
    caller.abort();
    await expect(call).rejects.toThrow();
    await lizzy.aws.control.clearFaults('gone-1');

    expect(await ended((await newestJob()).id)).toMatchObject({ stack_name: 'gone', status: 'succeeded' });
  });

  it('is made once when it is sent twice with the same Idempotency-Key', async () => {
    const options = { headers: { 'idempotency-key': 'pipeline-1' } };
    const [one, two] = await Promise.all([create(bare('once'), '1', options), create(bare('once'), '1', options)]);

    expect([one.status, two.status]).toEqual([201, 201]);
    expect(one.headers.get('x-lizzy-job-id')).toBe(two.headers.get('x-lizzy-job-id'));
    expect(await lizzy.calls('CreateStack', 'once-1')).toBe(1);
    expect((await create(bare('other'), '1', options)).status).toBe(422);
  });

  it('reports the completed steps when a later one fails', async () => {
    await create(scalable('fleet'), '1', {}, { parameters: ['1.0'] });
    const { status, json } = await lizzy.call('PATCH', '/api/stacks/fleet-1', {
      body: { new_scale: 3, new_traffic: 10 },
    });

    expect(status).toBe(409);
    expect(json).toMatchObject({
      title: 'Stack has no domain',
      detail: expect.stringContaining('Done before: scale (the desired capacity is 3).'),
      done: [{ step: 'scale', message: 'the desired capacity is 3' }],
    });
  });

  it('does not remove the last traffic unless the request allows it', async () => {
    await create(weighted('shop'), '1');
    await lizzy.call('PATCH', '/api/stacks/shop-1', { body: { new_traffic: 100 } });

    const refused = await lizzy.call('PATCH', '/api/stacks/shop-1', { body: { new_traffic: 0 } });
    expect([refused.status, refused.json]).toEqual([
      409,
      expect.objectContaining({ title: 'Traffic change rejected' }),
    ]);

    const body = { new_traffic: 0, allow_traffic_loss: true };
    const allowed = await lizzy.call('PATCH', '/api/stacks/shop-1', { body });
    expect(allowed.status).toBe(202);
    expect(await ended(allowed.headers.get('x-lizzy-job-id') ?? '')).toMatchObject({
      result: { traffic: { weights_before: { 'shop-1': 100 }, weights_after: { 'shop-1': 0 } } },
    });
  });

  it('has Senza’s output in Latin-1, whatever it says', async () => {
    const { status, headers } = await create(bare('dry'), '1', {}, { dry_run: true, tags: ['team=zürichŽ'] });

    expect(status).toBe(201);
    expect(headers.get('x-lizzy-output')).toContain('zürich?');
    expect(headers.get('x-lizzy-output')).toMatch(/\\n OK\\n$/);
  });

  it('treats null as missing, and ignores unknown properties, but not a dry run that it cannot do', async () => {
    const nulls = { keep_stacks: null, new_traffic: null, parameters: null, tags: null, region: null, bogus: 1 };
    expect((await create(bare('nulls'), '1', {}, { ...nulls, disable_rollback: null, dry_run: null })).status).toBe(
      201,
    );
    const patch = { new_scale: null, new_traffic: null, new_ami_image: null, bogus: 1 };
    expect((await lizzy.call('PATCH', '/api/stacks/nulls-1', { body: patch })).status).toBe(202);
    const dryRun = await lizzy.call('PATCH', '/api/stacks/nulls-1', { body: { new_traffic: 0, dry_run: true } });
    expect([dryRun.status, dryRun.json]).toMatchObject([400, { errors: [{ pointer: '/dry_run' }] }]);
    expect((await lizzy.call('DELETE', '/api/stacks/nulls-1', { body: { force: null, bogus: 1 } })).status).toBe(204);
  });
});

const historySchema = z.object({ items: z.array(jobSchema.extend({ stack_name: z.string() })) });

async function newestJob(): Promise<z.output<typeof historySchema>['items'][number]> {
  const [job] = historySchema.parse((await lizzy.call('GET', '/api/jobs?limit=1')).json).items;
  if (job === undefined) throw new Error('there is no job yet');
  return job;
}
