import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { z } from 'zod';
import { inProject } from '../../local/services/index.js';
import { bare, failing, weighted } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

const failed = z.looseObject({ error: z.looseObject({ detail: z.string() }), next: z.array(z.unknown()) });
const page = z.object({ items: z.array(failed) });

const guide = readFileSync(inProject('docs', 'on-call.md'), 'utf8');
/** Those in the tables and below the alerts; the questions have commands. */
const calls = [...new Set(guide.slice(guide.indexOf('## By symptom')).match(/(?<=`)(?:GET|POST) \/[^`]*(?=`)/g))];
const blocks = [...guide.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) => text);
const commands = blocks.flatMap((block) => block.split('\n').filter((line) => line.startsWith('curl ')));

let lizzy: TestEnvironment;
const jobs = { failed: '', unfinished: '' };
beforeAll(async () => {
  lizzy = await TestEnvironment.start({ apis: 1, workers: 1 });
  for (const version of ['1', '2'])
    await lizzy.ended(await lizzy.deployByApi(weighted('hello'), version, { new_traffic: 100 }));
  jobs.failed = await lizzy.deployByApi(failing('hello'), '3');
  await lizzy.ended(jobs.failed);
});
afterAll(async () => {
  await lizzy.stop();
});

describe('docs/on-call.md', () => {
  it('has calls that answer its questions', async () => {
    expect(commands.length).toBeGreaterThan(8);
    // What jq shortens is not needed here, and it can be missing.
    const prelude = `auth=(-H "Authorization: Bearer $TOKEN"); jq() { cat; }; curl() { command curl --fail-with-body "$@"; }`;
    const env = { LIZZY: lizzy.api.url, TOKEN: lizzy.token, JOB: jobs.failed };
    const script = commands.map((line) => `echo '---'; ${line}`).join('\n');
    const { exitCode, stdout, stderr } = await execa('bash', ['-euo', 'pipefail', '-c', `${prelude}\n${script}`], {
      env,
      // With a socket as its input, bash can read the start files of the machine.
      stdin: 'ignore',
      reject: false,
    });
    expect([exitCode, stderr]).toEqual([0, '']);
    const [, why, log, live, state, csv, changes, status, workers, checked, rollback] = stdout.split('---\n');
    expect(why).toContain(jobs.failed);
    expect(log).toMatch(/CREATE_FAILED AWS::SQS::Queue Queue \[first failure\]: ./);
    expect(live).toContain('event: end');
    expect(state).toMatch(/"weights":.*"hello-2":100/);
    expect(csv?.split('\n')).toHaveLength(5);
    expect(changes).toContain('"traffic_changes":[{');
    expect(status).toContain('"status":"OK"');
    expect(workers).toContain('"draining":false');
    for (const answer of [checked, rollback]) expect(answer).toContain('"kind":"rollback"');
  });

  it.each(calls)('has the call %s', async (call) => {
    const [method = '', path = ''] = call.split(' ');
    if (path.endsWith('/cancel')) {
      // Cancelling leaves the stack of a job that has started to create it: each call has its own.
      const name = `cancelled-${calls.indexOf(call)}`;
      await lizzy.aws.control.addFault({
        kind: 'slow_stack',
        action: 'CreateStack',
        stack: `${name}-v1`,
        seconds: 600,
      });
      jobs.unfinished = await lizzy.deployByApi(bare(name));
    }
    const id = path.endsWith('/cancel') ? jobs.unfinished : jobs.failed;
    const cut = new AbortController();
    const response = await fetch(`${lizzy.api.url}${path.replace(/\b(JOB_)?ID\b/, id)}`, {
      method,
      headers: { authorization: `Bearer ${lizzy.token}` },
      signal: cut.signal,
    });
    expect([path, response.status]).toEqual([path, method === 'POST' ? 202 : 200]);
    // A stream does not end by itself.
    cut.abort();
    if (path.endsWith('/cancel')) await lizzy.ended(jobs.unfinished);
  });
});

describe('a stack that CloudFormation could not delete', () => {
  it('names what keeps it and why, and what to do', async () => {
    await lizzy.ended(await lizzy.deployByApi(bare('kept'), '1'));
    const [stack, reason] = ['kept-1', 'The queue is not empty'];
    await lizzy.aws.control.addFault({ kind: 'fail_stack', action: 'DeleteStack', stack, resource: 'Queue', reason });
    const deletion = await lizzy.call('DELETE', `/api/stacks/${stack}`);
    expect(deletion.json).toMatchObject({ detail: `The stack ${stack} could not be deleted: Queue: ${reason}` });

    const failed = { failed_resources: [{ resource: 'Queue', status: 'DELETE_FAILED', reason }] };
    const { json } = await lizzy.call('GET', `/api/stacks/${stack}`);
    expect(json).toMatchObject({
      ...failed,
      next: [
        expect.stringContaining(`DELETE /api/stacks/${stack}`),
        expect.stringContaining('--retain-resources Queue'),
      ],
    });
    const application = await lizzy.call('GET', '/api/applications/kept');
    expect(application.json).toMatchObject({ versions: [{ stack, status: 'DELETE_FAILED', ...failed }] });
  });
});

describe('a failed deployment', () => {
  async function reason(definition: string, version: string, more: object = {}): Promise<string> {
    await lizzy.ended(await lizzy.deployByApi(definition, version, { ...more }));
    const stack = /StackName: (\S+)/.exec(definition)?.[1] ?? '';
    const { json } = await lizzy.call('GET', `/api/jobs?stack_name=${stack}&status=failed&limit=1`);
    const [job] = page.parse(json).items;
    expect(job?.next).not.toEqual([]);
    return job?.error.detail ?? '';
  }

  it('names the resource that failed', async () => {
    expect(await reason(failing('queue'), '1')).toMatch(/: Queue: ./);
  });

  it('names the stack that exists', async () => {
    await lizzy.ended(await lizzy.deployByApi(bare('again'), '1'));
    expect(await reason(bare('again'), '1')).toContain('again-1 already exists');
  });

  it('names the missing domain', async () => {
    expect(await reason(bare('plain'), '1', { new_traffic: 100 })).toMatch(/no (weighted )?domain/);
  });

  it('names the missing permission', async () => {
    await lizzy.aws.control.addFault({ kind: 'refuse', action: 'CreateStack', stack: 'locked-1' });
    expect(await reason(bare('locked'), '1')).toMatch(/not authorized|access/i);
  });

  it('names the time that was not enough', async () => {
    await lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'late-1', seconds: 600 });
    expect(await reason(bare('late'), '1', { timeout_seconds: 2 })).toContain(
      'CREATE_IN_PROGRESS after 2 seconds; not complete: Queue.',
    );
  });
});
