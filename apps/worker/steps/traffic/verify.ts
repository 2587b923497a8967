import { z } from 'zod';
import { type StepContext } from '../../engine/step-context.js';
import { type Observation } from '../../engine/step.js';
import { formatWeights, sameWeights, type Weights, weightsSchema } from '../weights.js';

/** What a job that switches traffic is asked. */
export interface TrafficPayload {
  readonly new_traffic: number | null;
  readonly allow_traffic_loss: boolean;
}

/** How many times in all a switch is asked for, when Senza had to compute anew. */
const MAX_COMMANDS = 8;

const nullable = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);

/** What the traffic step keeps between its looks and acts. */
export const trafficState = z.object({
  /** The weights before the first act, and before the last one. */
  before: nullable(weightsSchema),
  from: nullable(weightsSchema),
  /** What Senza said that the switch would lead to; null while the last act was no whole switch. */
  announced: nullable(weightsSchema),
  /** How many commands that were to put a half-done switch right have ended well. */
  repairs: z.number().default(0),
  /** Since when a version is waited for that is being deleted, in milliseconds of the shared clock. */
  deleting_since: nullable(z.number()),
  /** Whether the switch updates a stack with a NoEcho parameter, so that Senza has to be repaired for it. */
  no_echo: z.boolean().default(false),
  /** What to ask Senza for next. */
  move: nullable(
    z.object({ purpose: z.enum(['switch', 'complete', 'undo']), version: z.string(), percentage: z.number() }),
  ),
});

/** Compares what stands with what Senza has announced; null when Senza, cut off before, has to be asked once more. */
export function verifyTraffic(
  context: StepContext<TrafficPayload>,
  announced: Weights,
  standing: Weights,
): Observation | null {
  if (!sameWeights(announced, standing)) {
    const why = `the weights are ${formatWeights(standing)}, but Senza announced ${formatWeights(announced)}`;
    return { state: 'unknown', why };
  }
  const { stack, payload, record } = context;
  const { from } = trafficState.parse(record.data);
  const wasCutOff = record.journal.some(({ succeeded }) => succeeded !== true);
  const hasMoved = from !== null && !sameWeights(from, standing);
  const isMissed = (standing[stack.id] ?? 0) !== (payload.new_traffic ?? 0);
  // Computed from half-done weights the share may be missed; asked again, Senza gets closer, until nothing moves.
  if (wasCutOff && isMissed && hasMoved && record.journal.length < MAX_COMMANDS) return null;
  return trafficDone(context, standing);
}

/** The end of the step: what the stack gets, and the weights before and after. */
export function trafficDone(context: StepContext<TrafficPayload>, standing: Weights): Observation {
  const { stack, payload, record } = context;
  const share = standing[stack.id] ?? 0;
  const wanted = payload.new_traffic ?? 0;
  const { before } = trafficState.parse(record.data);
  return {
    state: 'done',
    message:
      share === wanted
        ? `${stack.id} gets ${share} % of the traffic`
        : `${stack.id} gets ${share} % of the traffic instead of ${wanted} %: Senza could not share it otherwise`,
    result: {
      weights_before: before ?? standing,
      weights_after: standing,
      wanted,
      changed: record.journal.length > 0,
    },
  };
}
