import { bare, weighted } from '../support/definitions.js';
import { type Wanted } from '../support/new-job.js';
import { type TestEnvironment } from '../support/test-environment.js';

/** How long a call to AWS is delayed: longer than any machine takes until a test releases it, by clearing the fault. */
export const HELD_SECONDS = 300;

/** Jobs that are, at the same moment, in each place where a worker can crash. */
export interface MixedJobs {
  readonly beforeCreate: string;
  readonly duringCreate: string;
  readonly answerLost: string;
  readonly waiting: string;
  readonly traffic: string;
  readonly deletion: string;
}

/** Creates what the mixed jobs need: two versions with a domain, the first with all traffic, and one to delete. */
export async function prepare(rig: TestEnvironment, name: string): Promise<void> {
  const versions = ['1', '2'].map((version) => rig.deploy(weighted(`${name}-web`), version));
  const old = rig.deploy(bare(`${name}-old`), 'v1');
  for (const id of await Promise.all([...versions, old])) await rig.ended(id);
  await rig.ended(await switchTraffic(rig, name, '1'));
}

/**
 * Submits them; resolves when each is in its place: most of them in a call to AWS. They stay there until `releaseMixed`.
 * @param waiting how the job that waits is submitted, and what has to be true of it before the others are
 */
export async function submitMixed(
  rig: TestEnvironment,
  name: string,
  waiting: { readonly wanted?: Partial<Wanted>; readonly isSeen?: () => Promise<void> } = {},
): Promise<MixedJobs> {
  const stack = (job: string): string => `${name}-${job}`;
  const slow = { kind: 'delay', service: 'cloudformation', seconds: HELD_SECONDS } as const;
  await rig.aws.control.addFault(
    { ...slow, action: 'DescribeStacks', stack: `${stack('before')}-v1` },
    { ...slow, action: 'CreateStack', stack: `${stack('during')}-v1` },
    { kind: 'cut_after_effect', action: 'CreateStack', stack: `${stack('lost')}-v1` },
    { kind: 'slow_stack', action: 'CreateStack', stack: `${stack('waiting')}-v1`, seconds: HELD_SECONDS },
    { ...slow, action: 'UpdateStack', stack: `${stack('web')}-2` },
    { ...slow, action: 'DeleteStack', stack: `${stack('old')}-v1` },
  );
  const waitingJob = await rig.deploy(bare(stack('waiting')), 'v1', {}, waiting.wanted);
  await rig.inStep(waitingJob, 'wait');
  await waiting.isSeen?.();
  const [beforeCreate, duringCreate, answerLost, traffic, deletion] = await Promise.all([
    rig.deploy(bare(stack('before')), 'v1'),
    rig.deploy(bare(stack('during')), 'v1'),
    rig.deploy(bare(stack('lost')), 'v1'),
    switchTraffic(rig, name, '2'),
    rig.submit('delete_stack', { force: true }, { stack: stack('old'), version: 'v1' }),
  ]);
  for (const [action, name] of [
    ['DescribeStacks', 'before-v1'],
    ['CreateStack', 'during-v1'],
    ['CreateStack', 'lost-v1'],
    ['UpdateStack', 'web-2'],
    ['DeleteStack', 'old-v1'],
  ] as const) {
    await rig.aws.control.faultMet(action, stack(name));
  }
  return { beforeCreate, duringCreate, answerLost, waiting: waitingJob, traffic, deletion };
}

/** Lets AWS answer the calls, and complete the stack whose job waits. */
export async function releaseMixed(rig: TestEnvironment, name: string): Promise<void> {
  await rig.aws.control.clearFaults();
  await rig.aws.control.finish(`${name}-waiting-v1`);
}

async function switchTraffic(rig: TestEnvironment, name: string, version: string): Promise<string> {
  return await rig.submit('patch_stack', { new_traffic: 100 }, { stack: `${name}-web`, version });
}
