import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { inProject } from '../../local/services/index.js';
import { bare, weighted } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

const TIMEOUT_MS = 120_000;
const texts = z.record(z.string(), z.string());
const github = z.object({
  jobs: z.object({
    deploy: z.object({ steps: z.array(z.object({ run: z.string().optional(), env: texts.optional() })) }),
  }),
});
const gitlab = z.object({ deploy: z.object({ script: z.array(z.string()), variables: texts }) });
const circleci = z.object({
  jobs: z.object({
    deploy: z.object({
      steps: z.array(z.union([z.string(), z.object({ run: z.object({ command: z.string(), environment: texts }) })])),
    }),
  }),
});

/** What a CI system runs, with the variables that it sets and those of its file. */
interface Step {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

const read = (file: string): string => readFileSync(inProject('examples', 'pipelines', file), 'utf8');

/** Replaces `${{ name }}`, `<< name >>`, `${env.NAME}` or `$NAME` as the CI system does before it runs the script. */
function expand(text: string, pattern: RegExp, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(pattern, (_, name: string) => values[name] ?? `(${name} is not set)`);
}

function expandAll(
  env: Readonly<Record<string, string>>,
  pattern: RegExp,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, expand(value, pattern, values)]));
}

describe('the scripts of examples/pipelines', () => {
  let lizzy: TestEnvironment;
  let directory: string;
  let given: Record<string, string>;
  beforeAll(async () => {
    lizzy = await TestEnvironment.start({ apis: 1, workers: 1 });
    directory = mkdtempSync(join(tmpdir(), 'lizzy-pipelines-'));
    copyFileSync(inProject('examples', 'pipelines', 'lizzy-deploy.sh'), join(directory, 'lizzy-deploy.sh'));
    given = { LIZZY_URL: lizzy.api.url, LIZZY_TOKEN: lizzy.token };
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true });
    await lizzy.stop();
  });

  const run = async (definition: string, { command, env }: Step): Promise<{ code: number; output: string }> => {
    writeFileSync(join(directory, 'deploy.yaml'), definition);
    return await new Promise((resolve) => {
      const options = { cwd: directory, env: { PATH: process.env['PATH'], ...given, ...env } };
      execFile('/bin/sh', ['-ec', command], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
      });
    });
  };

  const githubStep = (): Step => {
    const context = { 'github.run_id': '901', 'vars.LIZZY_URL': lizzy.api.url };
    const values = { ...context, 'secrets.LIZZY_TOKEN': lizzy.token };
    const step = github.parse(parse(read('github-actions.yml'))).jobs.deploy.steps.at(-1);
    const env = expandAll(step?.env ?? {}, /\$\{\{ (\S+) \}\}/g, values);
    return { command: step?.run ?? '', env: { ...env, GITHUB_RUN_NUMBER: '41' } };
  };

  it.each([
    ['GitHub Actions', '41', (): Step => githubStep()],
    [
      'GitLab CI',
      '42',
      (): Step => {
        const { script, variables } = gitlab.parse(parse(read('gitlab-ci.yml'))).deploy;
        const values = { CI_PROJECT_ID: '7', CI_PIPELINE_ID: '902', CI_PIPELINE_IID: '42' };
        return { command: script.join('\n'), env: { ...values, ...expandAll(variables, /\$(\w+)/g, values) } };
      },
    ],
    [
      'CircleCI',
      '43',
      (): Step => {
        const step = circleci.parse(parse(read('circleci.yml'))).jobs.deploy.steps.at(-1);
        if (step === undefined || typeof step === 'string') throw new Error('the last step is not a run');
        const command = expand(step.run.command, /<< (\S+) >>/g, { 'pipeline.number': '43' });
        return { command, env: { ...step.run.environment, CIRCLE_PROJECT_REPONAME: 'shop' } };
      },
    ],
    [
      'Jenkins',
      '44',
      (): Step => {
        const file = read('Jenkinsfile');
        const values = { JOB_NAME: 'shop', GIT_COMMIT: '0a1b2c3' };
        const lines = [...file.matchAll(/^ {4}(\w+) = (?:'([^']*)'|"([^"]*)")$/gm)];
        const env = Object.fromEntries(lines.map(([, name = '', one, two = '']) => [name, one ?? two]));
        const command = /sh '(.*)'/.exec(file)?.[1] ?? '';
        return {
          command: command.replace('git rev-list --count HEAD', 'echo 44'),
          env: { ...expandAll(env, /\$\{env\.(\w+)\}/g, values), LIZZY_URL: lizzy.api.url },
        };
      },
    ],
  ])(
    '%s deploys, switches the traffic and follows the job',
    async (name, version, step) => {
      const stack = name.replaceAll(/\W/g, '').toLowerCase();
      const { code, output } = await run(weighted(stack), step());
      expect(output).toMatch(/Job \S+: succeeded\n$/);
      expect(code).toBe(0);
      expect((await lizzy.call('GET', `/api/stacks/${stack}-${version}/traffic`)).json).toEqual({ weight: 100 });
    },
    TIMEOUT_MS,
  );

  const LIZZY = { LIZZY_KEY: 'fails' };

  it(
    'print the log of a failed job, and retry it when the pipeline is run again',
    async () => {
      await lizzy.aws.control.addFault({
        kind: 'fail_stack',
        action: 'CreateStack',
        stack: 'flaky-1',
        reason: 'no space',
      });
      const command = './lizzy-deploy.sh deploy.yaml 1';
      const first = await run(bare('flaky'), { command, env: LIZZY });
      expect(first).toEqual({ code: 1, output: expect.stringMatching(/: failed\n[^]*no space/) });
      const second = await run(bare('flaky'), { command, env: LIZZY });
      expect(second).toEqual({ code: 0, output: expect.stringMatching(/: succeeded\n$/) });
    },
    TIMEOUT_MS,
  );

  it(
    'replace the failed stack of an earlier pipeline',
    async () => {
      await lizzy.aws.control.addFault({ kind: 'fail_stack', action: 'CreateStack', stack: 'again-1', reason: 'full' });
      const command = './lizzy-deploy.sh deploy.yaml 1';
      const first = await run(bare('again'), { command, env: { ...LIZZY, LIZZY_KEY: 'first' } });
      const second = await run(bare('again'), { command, env: { ...LIZZY, LIZZY_KEY: 'second' } });
      expect([first.code, second.code]).toEqual([1, 0]);
    },
    TIMEOUT_MS,
  );

  it(
    'pass definition and parameters unchanged',
    async () => {
      const definition = `SenzaInfo:\r\n  StackName: quoted\n  Parameters: [{Text: {Description: "a \\"quoted\\"\ttext"}}]
SenzaComponents: [{Configuration: {Type: "Senza::Configuration"}}]
Resources: {Queue: {Type: "AWS::SQS::Queue", Properties: {Tags: [{Key: text, Value: {Ref: Text}}]}}}\n`;
      const command = `./lizzy-deploy.sh deploy.yaml 1 'Text=a "b" \\c'`;
      expect(await run(definition, { command, env: { ...LIZZY, LIZZY_KEY: 'quoted' } })).toMatchObject({ code: 0 });
      const [stack] = await lizzy.aws.control.calls({ action: 'CreateStack', stack: 'quoted-1' });
      expect(JSON.stringify(stack)).toContain(JSON.stringify('a "b" \\c').slice(1, -1));
    },
    TIMEOUT_MS,
  );

  it(
    'print the problem of a request that Lizzy rejects',
    async () => {
      const result = await run('SenzaInfo: {}\n', {
        command: './lizzy-deploy.sh deploy.yaml 1',
        env: { ...LIZZY, LIZZY_KEY: 'rejected' },
      });
      expect(result).toEqual({
        code: 2,
        output: expect.stringMatching(/rejected the deployment \(400\):\n.*StackName/),
      });
    },
    TIMEOUT_MS,
  );
});
