import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { weighted } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

const SECRET = 'correct-horse';
const WITH_SECRET =
  '  Parameters:\n    - Image: {Description: image}\n    - Password: {Description: secret, NoEcho: true}\n';

const jobSchema = z.looseObject({
  status: z.string(),
  worker: z.string().nullable(),
  started_at: z.string().nullable(),
  expected_finish_at: z.string().nullable(),
  expected_from_jobs: z.int(),
  deadline_at: z.string().nullable(),
  request: z.record(z.string(), z.unknown()).nullable(),
});
const workers = z.object({ items: z.array(z.object({ id: z.string() })) });

describe('the story of a job', () => {
  let lizzy: TestEnvironment;
  beforeAll(async () => {
    lizzy = await TestEnvironment.start({ apis: 1, workers: 1, stackSeconds: 0.3 });
  });
  afterAll(async () => {
    await lizzy.stop();
  });

  async function read(id: string): Promise<z.output<typeof jobSchema> & { retryAfter: number }> {
    const { json, headers } = await lizzy.call('GET', `/api/jobs/${id}`);
    return { ...jobSchema.parse(json), retryAfter: Number(headers.get('retry-after')) };
  }

  it('has the request without the definition and without secrets, and who ran it', async () => {
    const more = { new_traffic: 100, parameters: ['1.0', `Password=${SECRET}`] };
    const id = await lizzy.deployByApi(weighted('story', WITH_SECRET), '1', more);
    expect((await lizzy.ended(id)).progress.status).toBe('succeeded');
    const { json, text } = await lizzy.call('GET', `/api/jobs/${id}`);
    expect(json).toMatchObject({
      request: {
        stack_version: '1',
        parameters: ['1.0', 'Password=****'],
        new_traffic: 100,
        if_exists: 'fail',
        timeout_seconds: 1800,
      },
      worker: workers.parse((await lizzy.call('GET', '/api/workers')).json).items[0]?.id,
      deadline_at: null,
      expected_finish_at: null,
    });
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('senza_yaml');
    expect((await lizzy.call('GET', '/api/jobs')).json).toMatchObject({ items: [{ request: null }] });
  });

  it('says while it waits until when, and when it probably finishes', async () => {
    await lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'story-2', seconds: 600 });
    const more = { new_traffic: 100, parameters: ['1.0', SECRET], timeout_seconds: 900 };
    const id = await lizzy.deployByApi(weighted('story', WITH_SECRET), '2', more);
    await lizzy.when(id, 'CloudFormation', ({ progress: { waiting_for: wait } }) => {
      return wait?.reason === 'cloudformation' && wait.progress !== null;
    });
    const job = await read(id);
    expect(job).toMatchObject({ waiting_for: { progress: { complete: 0, total: 2 } } });
    expect(job).toMatchObject({ worker: null, expected_from_jobs: 1, request: { parameters: ['1.0', '****'] } });
    const started = Date.parse(job.started_at ?? '');
    const deadline = Date.parse(job.deadline_at ?? '');
    expect(deadline).toBeGreaterThanOrEqual(started + 900_000);
    expect(deadline).toBeLessThanOrEqual(Date.now() + 900_000);
    expect(Date.parse(job.expected_finish_at ?? '')).toBeGreaterThan(started);

    // Another change of the same version waits for its lock.
    const behind = await lizzy.submit('patch_stack', { new_traffic: 0 }, { stack: 'story', version: '2' });
    await lizzy.when(behind, 'the lock', ({ progress }) => progress.waiting_for?.reason === 'lock');
    expect(await read(behind)).toMatchObject({
      status: 'queued',
      retryAfter: 5,
      waiting_for: {
        reason: 'lock',
        scope: 'stack version',
        job_id: id,
        kind: 'deploy',
        stack: 'story-2',
        requested_by: 'robot',
        started_at: job.started_at,
        position: 1,
      },
    });
    await lizzy.cancel(behind);
    await lizzy.aws.control.finish('story-2');
    await lizzy.ended(id);
  });

  it('has a log that describes steps with durations, waits, and a switch', async () => {
    const id = await lizzy.deployByApi(weighted('told'), '1', { new_traffic: 100 });
    await lizzy.ended(id);
    await lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'told-2', seconds: 600 });
    const next = await lizzy.deployByApi(weighted('told'), '2', { new_traffic: 100 });
    await lizzy.when(next, 'CloudFormation', ({ progress }) => progress.waiting_for?.reason === 'cloudformation');
    await lizzy.aws.control.finish('told-2');
    await lizzy.ended(next);
    const log = (await lizzy.log(next)).join('\n');
    for (const line of [
      /^Step create started$/m,
      /^Step create succeeded after \d+\.\d s: /m,
      /^Waiting: stack told-2: CREATE_IN_PROGRESS/m,
      /^Traffic of told\.example\.org: told-1 100 -> 0 %, told-2 0 -> 100 %$/m,
    ]) {
      expect(log).toMatch(line);
    }
    expect(log).not.toMatch(/[{[]"/);
  });
});
