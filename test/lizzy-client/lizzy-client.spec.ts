import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bare, failing, scalable, weighted } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';
import { LizzyClient } from './lizzy-client.js';

const PARAMETERS = '  Parameters:\n    - ImageVersion: {Description: Version}\n    - Size: {Default: "1"}\n';

let lizzy: TestEnvironment;
let client: LizzyClient;
beforeAll(async () => {
  lizzy = await TestEnvironment.start({ apis: 1, workers: 1 });
  client = new LizzyClient(lizzy);
});
afterAll(async () => {
  client.close();
  await lizzy.stop();
});

async function stacks(reference: string): Promise<unknown> {
  return (await lizzy.call('GET', `/api/stacks?references=${reference}`)).json;
}
async function weight(id: string): Promise<unknown> {
  return (await lizzy.call('GET', `/api/stacks/${id}/traffic`)).json;
}

describe('lizzy-client 2.8.4', () => {
  it('creates a stack with parameters and tags, and shows the output of Senza', async () => {
    const file = client.definition('app', weighted('app', PARAMETERS));
    const { code, output } = await client.run('create', file, '1', '1.0', 'Size=2', '-t', 'Team=payments', '--verbose');

    expect(output).toContain('[AGENT] Creating Cloud Formation stack app-1.. OK');
    expect(output).toContain('Stack ID: app-1');
    expect(output).toContain('Deployment Successful');
    expect(code).toBe(0);
    expect(await stacks('app')).toMatchObject([{ version: '1', description: 'App (ImageVersion: 1.0, Size: 2)' }]);
    const [call] = await lizzy.aws.control.calls({ kind: 'call', action: 'CreateStack', stack: 'app-1' });
    expect(Object.values(call?.parameters ?? {})).toEqual(expect.arrayContaining(['Team', 'payments', 'LizzyJobId']));
  });

  it('switches traffic to a new version and deletes old ones', async () => {
    const file = client.definition('app', weighted('app', PARAMETERS));
    expect((await client.run('traffic', 'app', '1', '100')).code).toBe(0);
    const { code, output } = await client.run('create', file, '2', '2.0', '--traffic', '100', '--keep-stacks', '0');

    expect(output).toContain('Requesting traffic change.. OK');
    expect(output).toContain('Deleting old stacks');
    expect(code).toBe(0);
    expect(await weight('app-2')).toEqual({ weight: 100 });
    expect(await stacks('app')).toMatchObject([{ version: '2' }]);
  });

  it('shows traffic', async () => {
    await client.run('create', client.definition('app', weighted('app', PARAMETERS)), '3', '3.0');
    expect((await client.run('traffic', 'app', '3', '25')).code).toBe(0);
    const { code, stdout } = await client.run('traffic', 'app', '-o', 'tsv');

    expect(code).toBe(0);
    expect(stdout).toMatch(/app\t2\tapp-2\t75(\.0)?\n.*app\t3\tapp-3\t25(\.0)?\n/);
  });

  it('does not create anything in a dry run', async () => {
    const { code, output } = await client.run('create', client.definition('dry', bare('dry')), '1', '--dry-run');

    expect(output).toContain('**DRY-RUN**');
    expect(output).toContain('Post deployment steps skipped');
    expect(code).toBe(0);
    expect(await stacks('dry')).toEqual([]);
  });

  it('reports a stack that was rolled back', async () => {
    const { code, output } = await client.run('create', client.definition('sad', failing('sad')), '1');

    expect(output).toContain('Stack was rollback after deployment');
    expect(code).toBe(1);
  });

  it.each([
    ['Senza refuses it', `${bare('odd')}SenzaComponents:\n  - A: {Type: "Senza::Nope"}\n`, [], 'does not exist'],
    ['a parameter is missing', weighted('odd', PARAMETERS), [], '[AGENT] Missing parameter "ImageVersion"'],
    ['a tag is wrong', bare('odd'), ['-t', 'noequals'], '/tags/0 must be KEY=VALUE'],
  ])('says why a definition fails: %s', async (_why, definition, args, words) => {
    const { code, output } = await client.run('create', client.definition('odd', definition), '1', ...args);

    expect(output).toContain(words);
    expect(code).toBe(1);
    expect(await stacks('odd')).toEqual([]);
  });

  it('reports that a version exists already', async () => {
    const { code, output } = await client.run('create', client.definition('sad', bare('sad')), '1');

    expect(output).toContain('[AGENT] Stack sad-1 already exists. Please choose another version.');
    expect(code).toBe(1);
  });

  it.each(['text', 'json', 'tsv'])('lists stacks as %s', async (format) => {
    const { code, stdout } = await client.run('list', 'app', '-o', format);

    expect(code).toBe(0);
    expect(stdout).toMatch(/app.*2.*UPDATE.COMPLETE[^]*app.*3.*UPDATE.COMPLETE/i);
  });

  it('lists one version, and another region', async () => {
    expect((await client.run('list', 'app', '3', '-o', 'tsv')).stdout).not.toMatch(/^app\t2/m);
    expect((await client.run('list', '--region', 'eu-central-1', '-o', 'tsv')).stdout).not.toContain('app');
  });

  it('scales', async () => {
    await client.run('create', client.definition('fleet', scalable('fleet')), '1', '1.0');
    const { code } = await client.run('scale', 'fleet', '1', '3');

    expect(code).toBe(0);
    const calls = await lizzy.aws.control.calls({ kind: 'call', service: 'autoscaling' });
    expect(calls).toContainEqual(
      expect.objectContaining({ parameters: expect.objectContaining({ DesiredCapacity: '3' }), status: 200 }),
    );
  });

  it('reports that there is nothing to scale', async () => {
    const { code, output } = await client.run('scale', 'nosuch', '1', '3');

    expect(output).toContain('[AGENT] Stack not found: nosuch-1');
    expect(code).toBe(1);
  });

  it('does not delete a stack that receives traffic', async () => {
    const { code, output } = await client.run('delete', 'app', '2');

    expect(output).toContain('[AGENT] Error: Stack app-2 has traffic!');
    expect(code).toBe(1);
  });

  it('deletes, and in a dry run does not', async () => {
    const dry = await client.run('delete', 'sad', '1', '--dry-run');
    expect([dry.code, dry.output]).toEqual([0, expect.stringContaining('Deleting Cloud Formation stack sad-1.. OK')]);
    expect(await stacks('sad')).toHaveLength(1);

    expect((await client.run('delete', 'sad', '1')).code).toBe(0);
    expect(await stacks('sad')).toEqual([]);
  });

  it('shows its version and its configuration', async () => {
    expect((await client.run('version')).output).toBe('Lizzy Client 2.8.4\n');
    expect((await client.run('troubleshooting')).code).toBe(0);
  });
});
