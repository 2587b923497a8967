import { JobFailure } from '#jobs';
import { type Step } from '../engine/step.js';

/** Looks up the stack that the job is about, before anything is changed: Senza exits 0 on one that does not exist. */
export const findStack: Step<unknown> = {
  name: 'find',
  async look({ around, stack, signal }) {
    const found = await around.aws.stackByName(stack.region, stack.id, signal);
    if (found === null || found.status === 'DELETE_COMPLETE') throw stackNotFound(stack.id);
    return { seen: 'done', message: `the stack ${stack.id} is ${found.status}` };
  },
};

/** The failure of a job whose stack is not there. */
export function stackNotFound(id: string): JobFailure {
  return new JobFailure('stack_not_found', `Stack not found: ${id}`, { stack: id });
}
