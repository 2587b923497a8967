import { stackProgress, type StackProgress } from '#jobs';
import { z } from 'zod';
import { type StepContext } from '../engine/step-context.js';
import { type StackOperation } from './stack-phase.js';

/**
 * What has been read: per stack the path of its resources, its last event, and whether it is still changing; of the job's own
 * stack also which of its resources are complete.
 */
const readState = z.object({
  stack_events: z
    .object({
      read_at: z.number(),
      status: z.string(),
      has_failed: z.boolean(),
      /** Whether the log says that the workers may not read events. */
      is_refused: z.boolean().default(false),
      progress: stackProgress.nullable().default(null),
      resources: z.record(z.string(), z.boolean()).default({}),
      stacks: z.record(z.string(), z.object({ path: z.string(), last: z.string().nullable(), is_open: z.boolean() })),
    })
    .default({
      read_at: 0,
      status: '',
      has_failed: false,
      is_refused: false,
      progress: null,
      resources: {},
      stacks: {},
    }),
});
/** See `readState`. */
export type ReadState = z.output<typeof readState>['stack_events'];

/** Where reading continues: after the events of an earlier operation that the step which started this one has reported. */
export function stateOf<P>(context: StepContext<P>, operation: StackOperation): ReadState {
  const { data } = context.record;
  if ('stack_events' in data) return readState.parse(data).stack_events;
  const { stacks } = readState.parse(context.recall(operation)).stack_events;
  return { ...readState.parse({}).stack_events, stacks };
}

/** How far CloudFormation is, by the events read so far; null when none were read. */
export function stackProgressOf<P>({ record }: StepContext<P>): StackProgress | null {
  return readState.parse(record.data).stack_events.progress;
}

/** The resources that CloudFormation has started to change and not completed, by the events read so far. */
export function incompleteResourcesOf<P>({ record }: StepContext<P>): string[] {
  const { resources } = readState.parse(record.data).stack_events;
  return Object.entries(resources).flatMap(([logicalId, isComplete]) => (isComplete ? [] : [logicalId]));
}

/** Removes what `reportStackEvents` has remembered: the job waits no longer. */
export function forgetStackEvents<P>(context: StepContext<P>): void {
  for (const data of [context.record.data, context.recall('update')]) delete data['stack_events'];
}
