import { JobFailedError } from '#jobs';
import { type Step } from '../engine/step.js';

/** Looks up the stack that the job is about, before anything is changed: Senza exits 0 on one that does not exist. */
export const findStack: Step<unknown> = {
  name: 'find',
  async observe({ services, stack, signal }) {
    const found = await services.aws.stackByName(stack.region, stack.id, signal);
    if (found === null || found.status === 'DELETE_COMPLETE') throw stackNotFound(stack.id);
    return { state: 'done', message: `the stack ${stack.id} is ${found.status}` };
  },
};

/** The failure of a job whose stack does not exist. */
export function stackNotFound(id: string): JobFailedError {
  return new JobFailedError('stack_not_found', `Stack not found: ${id}`, { stack: id });
}
