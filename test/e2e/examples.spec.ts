import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { until } from '../../local/services/index.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';

const PASSWORD = 'correct-horse-battery-staple';

/** The files of examples/ whose next version can be created beside the current one. In order: later ones refer to `queue`. */
const REPLACEABLE = [
  { file: 'queue', stack: 'orders-queue', parameters: [] },
  { file: 'worker', stack: 'worker', parameters: ['1.0'] },
  { file: 'database', stack: 'orders-database', parameters: [PASSWORD] },
  { file: 'scheduled-scaling', stack: 'reports', parameters: ['1.0'] },
];

// Each is deployed by the API and a real worker with the real Senza.
describe('the definitions in examples/', () => {
  let lizzy: TestEnvironment;
  beforeAll(async () => {
    lizzy = await TestEnvironment.start({ apis: 1, workers: 1, stackSeconds: 1 });
  });
  afterAll(async () => {
    await lizzy.stop();
  });

  const submit = async (file: string, version: string, more: Readonly<Record<string, unknown>>): Promise<string> => {
    const definition = await readFile(new URL(`../../examples/${file}.yaml`, import.meta.url), 'utf8');
    return await lizzy.deployByApi(definition, version, more);
  };
  const finished = async (id: string): Promise<unknown> => {
    await lizzy.ended(id);
    return (await lizzy.call('GET', `/api/jobs/${id}`)).json;
  };
  const deploy = async (file: string, version: string, more: Readonly<Record<string, unknown>>): Promise<unknown> =>
    await finished(await submit(file, version, more));
  const isGone = async (stack: string): Promise<boolean> => (await lizzy.awsReader.stackByName(REGION, stack)) === null;
  const shareOf = async (stack: string): Promise<unknown> =>
    (await lizzy.call('GET', `/api/stacks/${stack}/traffic`)).json;

  it.each(REPLACEABLE)('$file: deploys a version, replaces it and deletes it', async ({ file, stack, parameters }) => {
    expect(await deploy(file, '1', { parameters })).toMatchObject({ status: 'succeeded', error: null });
    expect(await deploy(file, '2', { parameters, keep_stacks: 0 })).toMatchObject({
      status: 'succeeded',
      result: { clean_up: { deleted: [`${stack}-1`] } },
    });
    await until(`${stack}-1 to be deleted`, () => isGone(`${stack}-1`));
    if (file === 'queue') {
      // Others refer to the outputs of the first version.
      expect(await deploy(file, '1', { parameters })).toMatchObject({ status: 'succeeded' });
    }
    expect((await lizzy.call('DELETE', `/api/stacks/${stack}-2`)).status).toBe(204);
    await until(`${stack}-2 to be deleted`, () => isGone(`${stack}-2`));
  });

  it('redis: deploys and deletes a version; two cannot have the same cluster', async () => {
    expect(await deploy('redis', '1', {})).toMatchObject({ status: 'succeeded', error: null });
    expect((await lizzy.call('DELETE', '/api/stacks/sessions-1')).status).toBe(204);
    await until('sessions-1 to be deleted', () => isGone('sessions-1'));
  });

  it('database: hands the password to CloudFormation, and shows it nowhere', async () => {
    const id = await submit('database', '3', { parameters: [PASSWORD] });
    const job = await finished(id);
    expect(job).toMatchObject({ status: 'succeeded' });
    const { parameters } = await lizzy.aws.control.readStack(REGION, 'orders-database-3');
    expect(parameters).toMatchObject({ MasterPassword: PASSWORD });
    const log = await lizzy.call('GET', `/api/jobs/${id}/log`);
    expect(JSON.stringify(job) + log.text).not.toContain(PASSWORD);
  });

  it('web-two-domains: switches the traffic of both domains to the new version', async () => {
    const first = await deploy('web-two-domains', '1', { parameters: ['1.0'], new_traffic: 100 });
    expect(first).toMatchObject({ status: 'succeeded', error: null });
    const second = await deploy('web-two-domains', '2', { parameters: ['2.0'], new_traffic: 30 });
    expect(second).toMatchObject({
      status: 'succeeded',
      result: {
        traffic: {
          domains: [
            { domain: 'web-internal.example.org', weights_after: { 'web-1': 70, 'web-2': 30 } },
            { domain: 'web.example.org', weights_after: { 'web-1': 70, 'web-2': 30 } },
          ],
        },
      },
    });
    expect(await shareOf('web-2')).toEqual({ weight: 30 });
    const third = await deploy('web-two-domains', '3', { parameters: ['3.0'], new_traffic: 100, keep_stacks: 1 });
    expect(third).toMatchObject({ status: 'succeeded', result: { clean_up: { deleted: ['web-1'] } } });
    expect(await shareOf('web-3')).toEqual({ weight: 100 });
    await until('web-1 to be deleted', () => isGone('web-1'));
  });
});
