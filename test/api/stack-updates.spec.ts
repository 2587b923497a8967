import { describe, expect, it } from '@jest/globals';
import { startApiTest } from '../support/api-test.js';
import { jobOf, pointersOf } from './deployment.js';

const DEFINITION = 'SenzaInfo: {StackName: hello}\nResources: {Queue: {Type: "AWS::SQS::Queue"}}\n';

const { api } = await startApiTest();

describe('PUT /api/stacks/{id}', () => {
  it('answers 202 with a job for the stack', async () => {
    const answer = await api.call('PUT', '/api/stacks/hello-v1', { body: { senza_yaml: DEFINITION, dry_run: true } });
    expect(answer.status).toBe(202);
    const job = jobOf(answer);
    expect(answer.headers.get('location')).toBe(`/api/jobs/${job.id}`);
    expect(job).toMatchObject({ kind: 'update_stack', stack_name: 'hello', stack_version: 'v1', dry_run: true });
  });

  it.each([
    ['a definition of another stack', 'other-v1', {}, '/senza_yaml'],
    ['an unknown property', 'hello-v2', { keep_stacks: 1 }, '/keep_stacks'],
    ['a parameter that the definition does not declare', 'hello-v2', { parameters: ['x'] }, '/parameters/0'],
  ])('rejects %s with 400', async (_what, id, more, pointer) => {
    const answer = await api.call('PUT', `/api/stacks/${id}`, { body: { senza_yaml: DEFINITION, ...more } });
    expect([answer.status, pointersOf(answer)]).toEqual([400, [pointer]]);
  });

  it('responds with 404 for an ID that is not NAME-VERSION', async () => {
    const answer = await api.call('PUT', '/api/stacks/hello', { body: { senza_yaml: DEFINITION } });
    expect(answer.status).toBe(404);
  });
});
