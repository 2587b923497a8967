import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { inProject } from '../../local/services/index.js';

/** The stages of each pipeline of examples/pipelines, in their order. */
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
export interface Step {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How the pipelines reach Lizzy. */
interface Credentials {
  readonly url: string;
  readonly token: string;
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

/** The stage of a pipeline, as each CI system runs it. */
export const CI_SYSTEMS: Readonly<Record<string, (stage: Stage, version: string, lizzy: Credentials) => Step>> = {
  'GitHub Actions': (stage, version, { url, token }) => {
    const { env, jobs } = github.parse(parse(read('github-actions.yml')));
    const context = {
      'github.run_id': '901',
      'vars.LIZZY_URL': url,
      'secrets.LIZZY_TOKEN': token,
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
  Jenkins: (stage, version, { url }) => {
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
        LIZZY_URL: url,
        BUILD_TAG: 'jenkins-shop-903',
      },
    };
  },
};
