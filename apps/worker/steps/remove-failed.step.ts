import { type StackStatus } from '#aws';
import { senzaDelete } from '#senza';
import { type Step } from '../engine/step.js';
import { stackExists } from './create.step.js';

const FAILED: readonly StackStatus[] = ['CREATE_FAILED', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED'];
/** What comes to an end by itself before it can be told whether anything has to be deleted. */
const DELETING: readonly StackStatus[] = ['DELETE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'];

/**
 * The first step of a retry: what the job before it has made and what failed is deleted and waited for; what stands
 * is gone on with. Anybody else's stack is a failure.
 */
export const removeFailed: Step<unknown> = {
  name: 'remove_failed',
  locksStackName: true,
  releasesLockWhileWaiting: true,

  async observe(context) {
    const { services, stack, signal, record } = context;
    const found = await services.aws.stackByName(stack.region, stack.id, signal);
    if (found === null) {
      const what = record.journal.length > 0 ? `the failed stack ${stack.id} is deleted` : 'nothing stands';
      return { state: 'done', message: `${what}: going on from the start` };
    }
    if (!context.owns(found)) throw stackExists(stack.id, found);
    if (DELETING.includes(found.status)) {
      return { state: 'in_progress', wait: { reason: 'cloudformation', stack: stack.id, state: found.status } };
    }
    if (FAILED.includes(found.status)) return { state: 'not_started' };
    return { state: 'done', message: `the stack ${stack.id} is ${found.status}: going on with it` };
  },

  async apply(context) {
    const { services, stack } = context;
    await context.whileChanging(() =>
      services.senza.run(
        senzaDelete,
        { region: stack.region, stackName: stack.name, stackVersion: stack.version, force: true },
        context.command(),
      ),
    );
  },
};
