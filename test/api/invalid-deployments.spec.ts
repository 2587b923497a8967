import { describe, expect, it } from '@jest/globals';
import { type Answer } from '#client';
import { startApiTest } from '../support/api-test.js';
import { deployment, jobOf, pointersOf, problemOf } from './deployment.js';

const { api } = await startApiTest();

async function submit(body: unknown, headers: Readonly<Record<string, string>> = {}, on = api): Promise<Answer> {
  return await on.call('POST', '/api/deployments', { body, headers });
}

describe('a wrong deployment', () => {
  it('gets an error that lists all wrong fields', async () => {
    const answer = await submit({
      stack_version: 'v-1',
      parameters: ['--help', 5],
      tags: ['LizzyJobId=x', 'a'],
      region: 'Ireland',
      new_traffic: 101,
      keep_stacks: -1,
      disable_rollback: 'yes',
      shoe_size: 42,
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(pointersOf(answer).sort()).toEqual([
      '/disable_rollback',
      '/keep_stacks',
      '/new_traffic',
      '/parameters/0',
      '/parameters/1',
      '/region',
      '/senza_yaml',
      '/shoe_size',
      '/stack_version',
      '/tags/0',
      '/tags/1',
    ]);
    expect(problemOf(answer)).toMatchObject({
      status: 400,
      title: 'Invalid request',
      instance: answer.headers.get('x-request-id'),
    });
  });

  it.each([
    ['no YAML', 'a: [', 'Invalid senza yaml'],
    ['a list', '- a', 'Invalid senza yaml'],
    ['no SenzaInfo', 'Resources: {}', 'Invalid senza yaml'],
    ['no StackName', 'SenzaInfo: {}', 'Invalid senza yaml'],
    ['a StackName of an unknown parameter', 'SenzaInfo: {StackName: "{{Arguments.x}}"}', 'Invalid senza yaml'],
    ['a StackName of the account', 'SenzaInfo: {StackName: "{{AccountInfo.TeamID}}"}', 'Invalid senza yaml'],
    ['a merge of a text', 'SenzaInfo: {StackName: a}\nX: {<<: x}', 'Invalid senza yaml'],
    ['a date in a policy', 'SenzaInfo: {StackName: a}\nX: {Version: 2012-10-17}', 'Invalid senza yaml'],
    ['a number as a tag', 'SenzaInfo: {StackName: a, Tags: {CostCenter: 4711}}', 'Invalid senza yaml'],
    ['a component without a type', 'SenzaInfo: {StackName: a}\nSenzaComponents: [{C: {}}]', 'Invalid senza yaml'],
  ])('whose definition is %s is a 400', async (_name, yaml, title) => {
    const answer = await submit(deployment({ senza_yaml: yaml }));
    expect([answer.status, problemOf(answer).title, pointersOf(answer)]).toEqual([400, title, ['/senza_yaml']]);
  });

  it('gets the position of the error in the definition', async () => {
    const yaml = 'SenzaInfo:\n  StackName: a\nResources:\n  Queue: {Type: !Ref X}\n';
    expect((await submit(deployment({ senza_yaml: yaml }))).json).toMatchObject({
      detail: expect.stringContaining('write {"Ref": ...}'),
      position: { line: 4, column: 17 },
    });
  });

  it('whose name is a template has the rendered name', async () => {
    const yaml = 'SenzaInfo: {StackName: "{{Arguments.Id}}-x", Parameters: [{Id: {}}]}';
    const answer = await submit(deployment({ senza_yaml: yaml, parameters: ['web'], stack_version: 'rendered' }));
    expect(jobOf(answer)).toMatchObject({ stack_name: 'web-x' });
    const duplicate = deployment({ senza_yaml: `${yaml} `, parameters: ['web!'], stack_version: 'rendered' });
    expect((await submit(duplicate)).status).toBe(400);
  });

  it('with an empty tag is a 400', async () => {
    expect(pointersOf(await submit(deployment({ tags: ['Empty='] })))).toEqual(['/tags/0']);
  });

  it('names 100 wrong fields and the number of the others', async () => {
    const parameters = Array.from({ length: 150 }, () => '-x');
    const answer = await submit(deployment({ parameters }));
    expect(answer.json).toMatchObject({ more_errors: 50 });
    expect(pointersOf(answer)).toHaveLength(100);
  });

  it('with a parameter that the definition does not have is a 400', async () => {
    const answer = await submit(deployment({ parameters: ['x'] }));
    expect([answer.status, pointersOf(answer)]).toEqual([400, ['/parameters/0']]);
  });

  it('with a name that CloudFormation would not take is a 400', async () => {
    const yaml = `SenzaInfo:\n  StackName: ${'a'.repeat(100)}\n`;
    expect(pointersOf(await submit(deployment({ senza_yaml: yaml, stack_version: 'v'.repeat(40) })))).toEqual([
      '/stack_version',
    ]);
  });

  it.each([
    ['broken JSON', '{', 400],
    ['no object', '[]', 400],
    ['a prototype', '{"__proto__": {"x": 1}}', 400],
    ['more than 1 MiB', `"${'x'.repeat(1024 * 1024)}"`, 413],
  ])('that is %s is refused', async (_name, body, status) => {
    const answer = await submit(body);
    expect([answer.status, problemOf(answer).status]).toEqual([status, status]);
  });

  it('whose body is nested too deep, or has too many values, is a 400 that names the limit', async () => {
    const detailOf = async (body: string): Promise<unknown> => problemOf(await submit(body)).detail;
    expect(await detailOf(`{"tags":${'['.repeat(250_000)}${']'.repeat(250_000)}}`)).toBe(
      'The body is nested more than 32 levels deep',
    );
    expect(await detailOf(`{"tags":[${'1,'.repeat(10_000)}1]}`)).toBe('The body has more than 10,000 values');
  });

  it('without any body is a 400', async () => {
    expect((await api.call('POST', '/api/deployments')).status).toBe(400);
    expect((await submit('')).status).toBe(400);
  });

  it.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded'])('as %s is a 415', async (type) => {
    expect((await submit('a=b', { 'content-type': type })).status).toBe(415);
  });

  it('that is compressed is a 415 that says so', async () => {
    const answer = await submit(JSON.stringify(deployment()), { 'content-encoding': 'gzip' });
    expect([answer.status, answer.headers.get('accept-encoding')]).toEqual([415, 'identity']);
    expect(problemOf(answer).detail).toContain('Content-Encoding: gzip');
  });

  it('with an unknown query parameter is a 400', async () => {
    const answer = await api.call('POST', '/api/deployments?dry_run=true', { body: deployment() });
    expect([answer.status, pointersOf(answer)]).toEqual([400, ['/dry_run']]);
  });
});
