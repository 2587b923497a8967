import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { AwsReader, UNLIMITED } from '#aws';
import { SenzaError } from '#senza';
import { senzaCreate } from '#senza/commands/create.js';
import { senzaSwitchTraffic } from '#senza/commands/traffic.js';
import { senzaUpdate } from '#senza/commands/update.js';
import { type AwsCall, type AwsEmulator, startAwsEmulator } from '../../local/services/index.js';
import { weighted } from '../support/definitions.js';
import { UNLIMITED_AWS } from './comparison.js';
import { context, type RuntimeFixture, startRuntime } from './senza-runtime.js';

const REGION = 'eu-west-1';
const LIMIT_OF_A_REQUEST = 51_200;

/** A definition whose template has more bytes than this. */
function large(name: string, bytes = LIMIT_OF_A_REQUEST): string {
  return `${weighted(name)}Metadata: {Padding: "${'x'.repeat(bytes)}"}\n`;
}

describe('a template that is too large for a request, with TEMPLATE_BUCKET', () => {
  let aws: AwsEmulator;
  let fixture: RuntimeFixture;
  beforeAll(async () => {
    aws = await startAwsEmulator(UNLIMITED_AWS);
    fixture = await startRuntime({ environment: aws.env, templateBucket: 'lizzy-templates' });
  });
  afterAll(async () => {
    await fixture.stop();
    await aws.stop();
  });

  const request = (stackName: string, definition: string) => {
    return { region: REGION, stackName, stackVersion: '1', definition, parameters: new Map(), tags: new Map() };
  };
  /** The calls that change a stack, store a template or check it, since a number in the record. */
  const callsOf = async (running: Promise<unknown>): Promise<AwsCall[]> => {
    const since = (await aws.control.calls()).at(-1)?.seq ?? 0;
    await running;
    const actions = ['CreateStack', 'PutObject', 'UpdateStack', 'ValidateTemplate'];
    return (await aws.control.calls({ kind: 'call', since })).filter(({ action }) => actions.includes(action));
  };
  const actionsOf = (calls: readonly AwsCall[]): string[] => calls.map(({ action }) => action);
  const failureOf = async (running: Promise<unknown>): Promise<string> =>
    await running.then(
      () => 'it succeeded',
      (error: unknown) => (error instanceof SenzaError ? `${error.code}: ${error.message}` : String(error)),
    );

  it('is stored once under its digest and read from there by CloudFormation, for creations, switches and updates', async () => {
    const [stored, created] = await callsOf(fixture.senza.run(senzaCreate, request('big', large('big')), context()));
    expect(stored).toMatchObject({ action: 'PutObject', status: 200 });
    expect(stored?.parameters?.['path']).toMatch(/^\/lizzy-templates\/lizzy\/big-1\/[0-9a-f]{64}\.json$/);
    expect(created).toMatchObject({ action: 'CreateStack', status: 200 });
    expect(created?.parameters?.['TemplateURL']).toBe(`${aws.url}${stored?.parameters?.['path'] ?? ''}`);

    const traffic = { region: REGION, stackName: 'big', stackVersion: '1', percentage: 100 };
    const switched = await callsOf(fixture.senza.run(senzaSwitchTraffic, traffic, context()));
    expect(actionsOf(switched)).toEqual(['PutObject', 'UpdateStack']);
    const reader = new AwsReader(UNLIMITED);
    Object.assign(process.env, aws.env);
    const [domain] = await reader.weights(REGION, ['big-1']);
    reader.close();
    expect(domain?.weights.get('big-1')).toBe(100);

    const definition = `${large('big')}Description: another\n`;
    const updated = await callsOf(fixture.senza.run(senzaUpdate, request('big', definition), context()));
    expect(actionsOf(updated)).toEqual(['PutObject', 'UpdateStack']);
    const client = new CloudFormationClient({
      region: REGION,
      endpoint: aws.url,
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    });
    const { TemplateBody: body = '' } = await client.send(new GetTemplateCommand({ StackName: 'big-1' }));
    client.destroy();
    expect(body.length).toBeGreaterThan(LIMIT_OF_A_REQUEST);
    expect(body).toContain('another');
  });

  it('is checked by CloudFormation in a dry run', async () => {
    const dryRun = { ...request('dry', large('dry')), dryRun: true };
    const calls = await callsOf(fixture.senza.run(senzaCreate, dryRun, context()));
    expect(actionsOf(calls)).toEqual(['PutObject', 'ValidateTemplate']);
    expect(calls[1]?.parameters?.['TemplateURL']).toContain('/lizzy-templates/lizzy/dry-1/');
  });

  it('is stored nowhere when it fits into a request', async () => {
    const calls = await callsOf(fixture.senza.run(senzaCreate, request('small', weighted('small')), context()));
    expect(actionsOf(calls)).toEqual(['CreateStack']);
  });

  it('is rejected when it is too large for S3, too, with its size and the limit', async () => {
    const running = fixture.senza.run(senzaCreate, request('huge', large('huge', 1_000_000)), context());
    const calls = await callsOf(failureOf(running));
    expect(await failureOf(running)).toMatch(
      /^invalid_definition: .*huge-1 has 1,000,\d{3} bytes, and CloudFormation accepts 1,000,000/,
    );
    expect(calls).toEqual([]);
  });

  it('is stored by a command that starts cold, too, and the error names the bucket when that fails', async () => {
    await fixture.runtime.stop();
    const calls = await callsOf(fixture.senza.run(senzaCreate, request('cold', large('cold')), context()));
    expect(fixture.starts.at(-1)).toBe('cold');
    expect(actionsOf(calls)).toEqual(['PutObject', 'CreateStack']);
    await aws.control.addFault({ kind: 'refuse', service: 's3', action: 'PutObject' });
    const denied = fixture.senza.run(senzaCreate, request('denied', large('denied')), context());
    expect(await failureOf(denied)).toMatch(/^access_denied: .*denied-1.*lizzy-templates \(TEMPLATE_BUCKET\)/);
  });
});
