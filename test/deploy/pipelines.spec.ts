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
const STAGES = ['deploy', 'promote', 'rollback'] as const;
type Stage = (typeof STAGES)[number];
const texts = z.record(z.string(), z.string());
const github = z.object({
  env: texts,
  jobs: z.record(
    z.enum(STAGES),
    z.object({ steps: z.array(z.object({ run: z.string().optional(), env: texts.optional() })) }),
  ),
});
const gitlabJob = z.object({ script: z.array(z.string()), variables: texts.default({}) });
const gitlab = z.object({
  '.lizzy': z.object({ variables: texts }),
  deploy: gitlabJob,
  promote: gitlabJob,
  rollback: gitlabJob,
});
const circleci = z.object({
  commands: z.object({
    lizzy: z.object({ steps: z.array(z.union([z.string(), z.object({ run: z.object({ command: z.string() }) })])) }),
  }),
  jobs: z.record(
    z.enum(STAGES),
    z.object({
      environment: texts.default({}),
      steps: z.array(z.object({ lizzy: z.object({ arguments: z.string() }) })).length(1),
    }),
  ),
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
    copyFileSync(inProject('examples', 'pipelines', 'lizzy.sh'), join(directory, 'lizzy.sh'));
    given = { LIZZY_URL: lizzy.api.url, LIZZY_TOKEN: lizzy.token };
    const job = await lizzy.deployByApi(weighted('shop'), 'v0', { new_traffic: 100 });
    await lizzy.call('GET', `/api/jobs/${job}?wait=50`);
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

  /** The stage of a pipeline, as each CI system runs it. */
  const pipelines: Readonly<Record<string, (stage: Stage, version: string) => Step>> = {
    'GitHub Actions': (stage, version) => {
      const { env, jobs } = github.parse(parse(read('github-actions.yml')));
      const context = {
        'github.run_id': '901',
        'vars.LIZZY_URL': lizzy.api.url,
        'secrets.LIZZY_TOKEN': lizzy.token,
      };
      const step = jobs[stage].steps.at(-1);
      const set = expandAll({ ...env, ...step?.env }, /\$\{\{ (\S+) \}\}/g, context);
      const repository = { GITHUB_SERVER_URL: 'https://github.example.org', GITHUB_REPOSITORY: 'team/shop' };
      const given = { ...repository, GITHUB_RUN_ID: '901', GITHUB_RUN_NUMBER: version, GITHUB_SHA: 'abc1234' };
      return { command: step?.run ?? '', env: { ...set, ...given } };
    },
    'GitLab CI': (stage, version) => {
      const file = gitlab.parse(parse(read('gitlab-ci.yml')));
      const { script, variables } = file[stage];
      const values = { CI_PROJECT_ID: '7', CI_PIPELINE_ID: '902', CI_PIPELINE_IID: version, CI_COMMIT_SHA: 'abc1234' };
      const set = expandAll({ ...file['.lizzy'].variables, ...variables }, /\$(\w+)/g, values);
      return { command: script.join('\n'), env: { ...values, ...set } };
    },
    CircleCI: (stage, version) => {
      const { commands, jobs } = circleci.parse(parse(read('circleci.yml')));
      const step = commands.lizzy.steps.at(-1);
      if (step === undefined || typeof step === 'string') throw new Error('the last step is not a run');
      const values = {
        'parameters.arguments': jobs[stage].steps[0]?.lizzy.arguments ?? '',
        'pipeline.number': version,
      };
      const command = expand(expand(step.run.command, /<< (\S+) >>/g, values), /<< (\S+) >>/g, values);
      return { command, env: { ...jobs[stage].environment, CIRCLE_PROJECT_REPONAME: 'shop', CIRCLE_SHA1: 'abc1234' } };
    },
    Jenkins: (stage, version) => {
      const file = read('Jenkinsfile');
      const values = { JOB_NAME: 'shop', GIT_COMMIT: 'abc1234' };
      const lines = [...file.matchAll(/^ {4}(\w+) = (?:'([^']*)'|"([^"]*)")$/gm)];
      const env = Object.fromEntries(lines.map(([, name = '', one, two = '']) => [name, one ?? two]));
      const command = [...file.matchAll(/sh '(.*)'/g)][STAGES.indexOf(stage)]?.[1] ?? '';
      return {
        command: command.replace('git rev-list --count HEAD', `echo ${version}`),
        env: {
          ...expandAll(env, /\$\{env\.(\w+)\}/g, values),
          ...values,
          LIZZY_URL: lizzy.api.url,
          BUILD_TAG: 'jenkins-shop-903',
        },
      };
    },
  };
  const weightOf = async (version: string): Promise<number> =>
    z.object({ weight: z.number() }).parse((await lizzy.call('GET', `/api/stacks/shop-${version}/traffic`)).json)
      .weight;

  it.each(Object.entries(pipelines).map(([name, step], index) => [name, String(41 + index), step] as const))(
    '%s deploys with a tenth of the traffic, switches all of it, and rolls back',
    async (_name, version, step) => {
      for (const stage of STAGES) {
        const { code, output } = await run(weighted('shop'), step(stage, version));
        expect(output).toMatch(/Job \S+: succeeded\n$/);
        expect(code).toBe(0);
        expect(await weightOf(version)).toBe(stage === 'promote' ? 100 : 10);
      }
      await lizzy.call('PATCH', '/api/stacks/shop-v0', { body: { new_traffic: 100 } });
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
      const command = './lizzy.sh deploy deploy.yaml 1';
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
      const command = './lizzy.sh deploy deploy.yaml 1';
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
      const command = `./lizzy.sh deploy deploy.yaml 1 'Text=a "b" \\c'`;
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
        command: './lizzy.sh deploy deploy.yaml 1',
        env: { ...LIZZY, LIZZY_KEY: 'rejected' },
      });
      expect(result).toEqual({
        code: 2,
        output: expect.stringMatching(/rejected the request \(400\):\n.*StackName/),
      });
    },
    TIMEOUT_MS,
  );
});
