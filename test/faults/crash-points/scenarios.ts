import { type JobRecord } from '#jobs';
import { until } from '../../../local/services/index.js';
import { bare, failing, weighted } from '../../support/definitions.js';
import { REGION, type TestEnvironment } from '../../support/test-environment.js';
import { QUEUE_TEMPLATE, ExternalActor, weightedTemplate } from '../../support/external-actor.js';
import { groupTemplate, IMAGE, OTHER_IMAGE } from './group-template.js';

/** How many calls of these kinds AWS may have executed for a stack. */
type Changes = Readonly<Partial<Record<'CreateStack' | 'UpdateStack' | 'DeleteStack', number>>>;

/** One job of a kind, the state that it needs, and the state that it must leave. */
export interface Scenario {
  /** Prepares, and submits a job that is not in the queue yet. Names start with `app`, which nothing else uses. */
  readonly submit: (rig: TestEnvironment, app: string) => Promise<string>;
  /** What another client does while the job runs. */
  readonly meanwhile?: (rig: TestEnvironment, id: string) => Promise<unknown>;
  /** Its final status, and the contents of its error. */
  readonly ends: 'succeeded' | 'failed' | 'cancelled';
  /** The calls that AWS executed for the job, by the stack's version. */
  readonly changes: Readonly<Record<string, Changes>>;
  /** Further checks; returns the violations. */
  readonly wrong?: (rig: TestEnvironment, app: string, job: JobRecord) => Promise<readonly string[]>;
}

const notEnqueued = { enqueued: false } as const;

/** Every kind, and every step that a kind may have. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'deploy with traffic and clean-up': {
    submit: async (rig, app) => {
      await new ExternalActor(rig.aws).createStack(app, '1', weightedTemplate(app, '1', 100));
      return await rig.deploy(weighted(app), '2', { new_traffic: 100, keep_stacks: 0 }, notEnqueued);
    },
    ends: 'succeeded',
    changes: { 1: { CreateStack: 1, UpdateStack: 1, DeleteStack: 1 }, 2: { CreateStack: 1, UpdateStack: 1 } },
    wrong: async (rig, app) => await wrongWeight(rig, `${app}-2`, 100),
  },
  'deploy that fails, tried again': {
    submit: async (rig, app) => {
      const failed = await rig.ended(await rig.deploy(failing(app), '1'));
      return await rig.deploy(failing(app), '1', {}, { ...notEnqueued, retryOf: failed });
    },
    ends: 'failed',
    changes: { 1: { CreateStack: 2, DeleteStack: 1 } },
    wrong: (_rig, _app, { progress }) =>
      Promise.resolve(
        progress.error?.code === 'stack_failed' ? [] : [`its error is ${progress.error?.code ?? 'none'}`],
      ),
  },
  'deploy that is cancelled while it waits, with its stack': {
    submit: async (rig, app) => {
      await rig.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: `${app}-1`, seconds: 600 });
      return await rig.deploy(bare(app), '1', {}, notEnqueued);
    },
    meanwhile: async (rig, id) => {
      const waits = async (): Promise<boolean> => rig.step(await rig.job(id), 'wait')?.status === 'running';
      await until('the job to wait', waits);
      await rig.cancel(id, true);
    },
    ends: 'cancelled',
    changes: { 1: { CreateStack: 1, DeleteStack: 1 } },
  },
  create_stack: {
    submit: (rig, app) =>
      rig.submit(
        'create_stack',
        { senza_yaml: bare(app), stack_version: '1' },
        { stack: app, version: '1', ...notEnqueued },
      ),
    ends: 'succeeded',
    changes: { 1: { CreateStack: 1 } },
  },
  patch_stack: {
    submit: async (rig, app) => {
      await new ExternalActor(rig.aws).createStack(app, '1', groupTemplate(app, '1'));
      const payload = { new_scale: 2, new_ami_image: OTHER_IMAGE, new_traffic: 100 };
      return await rig.submit('patch_stack', payload, { stack: app, version: '1', ...notEnqueued });
    },
    ends: 'succeeded',
    changes: { 1: { CreateStack: 1, UpdateStack: 1 } },
    wrong: async (rig, app) => {
      const [group] = await rig.awsReader.autoScalingGroups(REGION, `${app}-1`);
      const actual = `${group?.desiredCapacity ?? 0} of ${group?.imageId ?? IMAGE}`;
      return [
        ...(actual === `2 of ${OTHER_IMAGE}` ? [] : [`there are ${actual}`]),
        ...(await wrongWeight(rig, `${app}-1`, 100)),
      ];
    },
  },
  delete_stack: {
    submit: async (rig, app) => {
      await new ExternalActor(rig.aws).createStack(app, '1', QUEUE_TEMPLATE);
      return await rig.submit('delete_stack', { force: true }, { stack: app, version: '1', ...notEnqueued });
    },
    ends: 'succeeded',
    changes: { 1: { CreateStack: 1, DeleteStack: 1 } },
  },
};

async function wrongWeight(rig: TestEnvironment, stack: string, wanted: number): Promise<string[]> {
  const [domain] = await rig.awsReader.weights(REGION, [stack]);
  const weight = domain?.weights.get(stack) ?? 0;
  return weight === wanted ? [] : [`${stack} gets ${weight} %, not ${wanted} %`];
}
