import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inProject } from '../../local/services/index.js';
import { bare, weighted } from '../support/definitions.js';
import { type FilledRequest, filledRequests } from './examples.js';
import { z } from 'zod';
import { SCOPE, TestEnvironment } from '../support/test-environment.js';

const run = promisify(execFile);

const COMPILER_OPTIONS = { strict: true, target: 'es2022', module: 'nodenext', lib: ['es2022', 'dom'], types: [] };

/** Submits a deployment with the generated types, waits for it, and prints what the typed job says. */
const CONSUMER = `
import type { components, paths } from './lizzy-api.js';
declare const process: { argv: string[] };
type Job = components['schemas']['Job'];
type Deployment = paths['/api/deployments']['post']['requestBody']['content']['application/json'];
type Page = paths['/api/jobs']['get']['responses']['200']['content']['application/json'];

const [url = '', token = '', definition = ''] = process.argv.slice(2);
async function call<T>(path: keyof paths | \`/api/jobs\${string}\`, body?: unknown): Promise<T> {
  const headers = { authorization: \`Bearer \${token}\`, 'content-type': 'application/json' };
  const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(url + path, { headers, ...post });
  if (!response.ok) throw new Error(await response.text());
  return await response.json();
}
const body: Deployment = { senza_yaml: definition, stack_version: 'ts' };
let job = await call<Job>('/api/deployments', body);
while (job.finished_at === null) job = await call<Job>(\`/api/jobs/\${job.id}?wait=20\`);
const page = await call<Page>('/api/jobs?status=succeeded');
// Narrowed by the discriminator: another kind has no \`create\`.
if (job.result?.kind !== 'deploy') throw new Error('not the result of a deployment');
const wait: 'lock' | undefined = job.waiting_for?.reason === 'lock' ? job.waiting_for.reason : undefined;
console.log(
  JSON.stringify({
    status: job.status,
    stack: job.result.create?.stack,
    complete: job.result.wait?.status,
    version: job.request?.['stack_version'],
    listed: page.items.some(({ id }) => id === job.id),
    wait,
  }),
);
`;

let lizzy: TestEnvironment;
let folder: string;

beforeAll(async () => {
  await mkdir(inProject('.local'), { recursive: true });
  // In the project, so that TypeScript finds what it needs.
  [lizzy, folder] = await Promise.all([
    TestEnvironment.start({ apis: 1, workers: 1, apiEnv: { ADMIN_SCOPE: SCOPE } }),
    mkdtemp(inProject('.local', 'generated-clients-')),
  ]);
  await writeFile(join(folder, 'swagger.json'), (await lizzy.call('GET', '/api/swagger.json')).text);
});
afterAll(async () => {
  await lizzy.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('clients that are generated from the OpenAPI document', () => {
  const expected = (stack: string, version: string): object => {
    return { status: 'succeeded', stack, complete: 'CREATE_COMPLETE', version, listed: true };
  };

  it('in TypeScript compile and work, with a result that the kind narrows', async () => {
    const at = (name: string): string => join(folder, name);
    const script = (name: string): string => inProject('node_modules', ...name.split('/'));
    await run(process.execPath, [
      script('openapi-typescript/bin/cli.js'),
      at('swagger.json'),
      '-o',
      at('lizzy-api.ts'),
    ]);
    await writeFile(at('consumer.ts'), CONSUMER);
    await writeFile(at('package.json'), JSON.stringify({ type: 'module' }));
    await writeFile(at('tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['*.ts'] }));
    await run(process.execPath, [script('typescript/bin/tsc'), '--project', folder]);
    const { stdout } = await run(process.execPath, [at('consumer.js'), lizzy.api.url, lizzy.token, bare('typed')]);
    expect(JSON.parse(stdout)).toEqual(expected('typed-ts', 'ts'));
  });

  it('in Python are complete, without a warning of the generator, and work', async () => {
    const python = (name: string): string => inProject('.venv-api-client', 'bin', name);
    const generated = await run(python('openapi-python-client'), [
      ...['generate', '--path', join(folder, 'swagger.json'), '--output-path', join(folder, 'lizzy_api')],
      ...['--meta', 'none', '--config', inProject('examples', 'openapi-python-client.yaml')],
    ]);
    expect(generated.stdout + generated.stderr).toMatch(/^Generating \S+\s*$/);
    const consumer = inProject('test', 'generated-clients', 'consumer.py');
    const env = { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' };
    const { stdout } = await run(python('python'), [consumer, lizzy.api.url, lizzy.token, bare('typed')], { env });
    expect(JSON.parse(stdout)).toEqual(expected('typed-py', 'py'));
  });
});

describe('the examples of the OpenAPI document', () => {
  it('exist for each operation, and its pre-filled request succeeds', async () => {
    const openapi: unknown = JSON.parse((await lizzy.call('GET', '/api/swagger.json')).text);
    const requests = filledRequests(openapi);
    expect(requests.filter(({ missing }) => missing.length > 0)).toEqual([]);

    // What the requests need: stacks, and a finished, a failed and an unfinished job.
    const send = async ({ operation, method, path, query, body }: FilledRequest): Promise<[string, number]> => {
      const abort = new AbortController();
      const options = { signal: abort.signal, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const headers = { authorization: `Bearer ${lizzy.token}`, 'content-type': 'application/json' };
      const response = await fetch(`${lizzy.api.url}${path}?${query}`, { method, headers, ...options });
      abort.abort(); // A stream of events does not end by itself.
      return [operation, response.status];
    };
    const ended = async (id: string): Promise<string> => {
      await lizzy.ended(id);
      return id;
    };
    const first = requests.find(({ operation }) => operation === 'submitDeployment');
    if (first === undefined) throw new Error('no deployment');
    const submitted = await lizzy.call(first.method, first.path, { body: first.body });
    const finished = await ended(z.object({ id: z.string() }).parse(submitted.json).id);
    await ended(await lizzy.deployByApi(weighted('shop'), '1', { new_traffic: 100 }));
    await ended(await lizzy.deployByApi(weighted('shop'), '2', { new_traffic: 100 }));
    const failed = await ended(await lizzy.deployByApi(bare('hello'), 'v1'));
    await lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'slow-v1', seconds: 600 });
    const unfinished = await lizzy.deployByApi(bare('slow'));

    const ids: Readonly<Record<string, string>> = { cancelJob: unfinished, retryJob: failed, patchStack: 'shop-2' };
    const filled = requests.map((request) => {
      const { operation, path } = request;
      const id =
        ids[operation] ??
        (path.startsWith('/api/jobs') ? finished : operation === 'getStackTraffic' ? 'shop-2' : 'hello-v1');
      return { ...request, path: path.replace('{id}', id).replace('{name}', 'shop') };
    });
    const answers = await Promise.all(filled.map(send));
    expect(answers.filter(([, status]) => status >= 400)).toEqual([]);
  });
});
