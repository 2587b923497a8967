import { SenzaError } from '#senza';
import { type StepContext } from '../engine/step-context.js';
import { listedStacks } from './stack-versions.js';

/**
 * Awaits a command about the job's stack. AWS lists a new stack some seconds late, and Senza finds stacks in the listing only:
 * a stack that it does not find although it exists is retried.
 * @throws SenzaError `stack_busy` in that case, which defers the step; otherwise the command's own error
 */
export async function retryWhenUnlisted<T>(context: StepContext<unknown>, command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (error) {
    if (!(error instanceof SenzaError) || error.code !== 'stack_not_found') throw error;
    const { services, stack, signal } = context;
    if ((await services.aws.stackByName(stack.region, stack.id, signal)) === null) throw error;
    throw new SenzaError('stack_busy', `${error.message}: AWS does not list the stack ${stack.id} yet`, error);
  }
}

/**
 * To be called before a command that does nothing, and exits with 0, when AWS does not list the stack: `senza scale`, `patch`
 * and `respawn-instances`.
 * @throws SenzaError `stack_busy` when it is not listed yet, which defers the step
 */
export async function assertListed(context: StepContext<unknown>): Promise<void> {
  const { id } = context.stack;
  if ((await listedStacks(context)).some(({ name }) => name === id)) return;
  const details = { command: 'senza', exitCode: null, signal: null, outputTail: '' };
  throw new SenzaError('stack_busy', `AWS does not list the stack ${id} yet`, details);
}
