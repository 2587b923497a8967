import { JobFailedError, JobSupersededError } from '#jobs';
import { type StepContext } from '../engine/step-context.js';
import { type Step } from '../engine/step.js';

interface SupersededPayload {
  /** What the job does when a traffic change that was submitted later has been applied; a rollback supersedes it always. */
  readonly if_superseded?: 'skip' | 'switch' | 'fail';
}

/**
 * A step that must not undo a newer traffic change: it first asks whether a change that was submitted later has taken
 * effect, is in progress, or is a rollback that waits. The lock of the stack name, which the step holds, keeps the result
 * valid. Once the step has started its first change, the decision is in the journal and is not made again.
 *
 * @param repeats whether the step releases that lock between its changes, so that the check is repeated before each change
 */
export function newestWins<Payload>(
  step: Step<Payload>,
  { repeats = false }: { repeats?: boolean } = {},
): Step<Payload & SupersededPayload> {
  return {
    ...step,
    async observe(context) {
      if (repeats || context.record.journal.length === 0) await assertNewest(context);
      return await step.observe(context);
    },
  };
}

async function assertNewest(context: StepContext<SupersededPayload>): Promise<void> {
  const { stack, record, payload } = context;
  const by = await context.supersededBy({ onlyRollbacks: payload.if_superseded === 'switch' });
  if (by === null) return;
  const detail =
    `Step "${record.name}" was not run: job ${by}, which was submitted later, changes the traffic of ${stack.name}. ` +
    `The stack ${stack.id} was not changed.`;
  if (payload.if_superseded === 'fail') throw new JobFailedError('superseded', detail, { superseded_by: by });
  throw new JobSupersededError(by, detail);
}
