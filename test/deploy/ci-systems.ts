import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { inProject } from '../../local/services/index.js';

/** What the pipelines call: lizzy.sh with curl alone, or the command line client of Lizzy 2. Each has a folder. */
const CLIENTS = { curl: [], 'lizzy-client': ['lizzy-client'] } as const;
type Client = keyof typeof CLIENTS;

/** The stages of each pipeline, in their order. */
export const STAGES = ['deploy', 'promote', 'rollback'] as const;
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
  '.lizzy': z.object({ variables: texts.default({}) }),
  deploy: gitlabJob,
  promote: gitlabJob,
  rollback: gitlabJob,
});
const runStep = z.union([z.string(), z.object({ command: z.string() }).transform(({ command }) => command)]);
const circleci = z.object({
  commands: z.object({
    lizzy: z.object({ steps: z.array(z.union([z.string(), z.object({ run: runStep })])) }),
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
export interface Step {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Where a pipeline runs. */
interface PipelineTarget {
  readonly url: string;
  readonly token: string;
  /** PATH of the CI system's machines. */
  readonly path: string;
  /** The version that a person who starts the rollback names, where the pipeline asks for one. */
  readonly rollbackTo: string;
}

const read = (client: Client, file: string): string =>
  readFileSync(inProject('examples', 'pipelines', ...CLIENTS[client], file), 'utf8');

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

type RunStage = (stage: Stage, version: string, target: PipelineTarget) => Step;

/** The stages of the pipelines with this client, as each CI system runs them. */
export const ciSystems = (client: Client): Readonly<Record<string, RunStage>> => ({
  'GitHub Actions': (stage, version, { url, token, rollbackTo }) => {
    const { env, jobs } = github.parse(parse(read(client, 'github-actions.yml')));
    const context = {
      'github.run_id': '901',
      'inputs.version': rollbackTo,
      'vars.LIZZY_URL': url,
      'secrets.LIZZY_TOKEN': token,
    };
    const step = jobs[stage].steps.at(-1);
    const set = expandAll({ ...env, ...step?.env }, /\$\{\{ (\S+) \}\}/g, context);
    const repository = { GITHUB_SERVER_URL: 'https://github.example.org', GITHUB_REPOSITORY: 'team/shop' };
    const given = { ...repository, GITHUB_RUN_ID: '901', GITHUB_RUN_NUMBER: version, GITHUB_SHA: 'abc1234' };
    return { command: step?.run ?? '', env: { ...set, ...given } };
  },
  'GitLab CI': (stage, version, { rollbackTo }) => {
    const file = gitlab.parse(parse(read(client, 'gitlab-ci.yml')));
    const { script, variables } = file[stage];
    const values = { CI_PROJECT_ID: '7', CI_PIPELINE_ID: '902', CI_PIPELINE_IID: version, CI_COMMIT_SHA: 'abc1234' };
    const set = expandAll({ ...file['.lizzy'].variables, ...variables }, /\$(\w+)/g, values);
    return { command: script.join('\n'), env: { ...values, ROLLBACK_TO: rollbackTo, ...set } };
  },
  CircleCI: (stage, version, { rollbackTo }) => {
    const { commands, jobs } = circleci.parse(parse(read(client, 'circleci.yml')));
    const step = commands.lizzy.steps.at(-1);
    if (step === undefined || typeof step === 'string') throw new Error('the last step is not a run');
    const values = {
      'parameters.arguments': jobs[stage].steps[0]?.lizzy.arguments ?? '',
      'pipeline.number': version,
      'pipeline.parameters.rollback_to': rollbackTo,
    };
    const pattern = /<< (\S+) >>/g;
    const set = expandAll(jobs[stage].environment, pattern, values);
    return {
      command: expand(expand(step.run, pattern, values), pattern, values),
      env: { ...set, CIRCLE_PROJECT_REPONAME: 'shop', CIRCLE_SHA1: 'abc1234' },
    };
  },
  Jenkins: (stage, version, { url, path, rollbackTo }) => {
    const file = read(client, 'Jenkinsfile');
    const values = { JOB_NAME: 'shop', GIT_COMMIT: 'abc1234', WORKSPACE: '/workspace', PATH: path };
    const lines = [...file.matchAll(/^ {4}(\w+) = (?:'([^']*)'|"([^"]*)")$/gm)];
    const env = Object.fromEntries(lines.map(([, name = '', one, two = '']) => [name, one ?? two]));
    const command = [...file.matchAll(/sh '(.*\.\/lizzy.*)'/g)][STAGES.indexOf(stage)]?.[1] ?? '';
    return {
      command: command.replace('git rev-list --count HEAD', `echo ${version}`),
      env: {
        ...values,
        ...expandAll(env, /\$\{env\.(\w+)\}/g, values),
        LIZZY_URL: url,
        BUILD_TAG: 'jenkins-shop-903',
        ROLLBACK_TO: rollbackTo,
      },
    };
  },
});
