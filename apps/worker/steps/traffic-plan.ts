import { JobFailure } from '#jobs';
import { type StepContext } from '../runner/step-context.js';
import { isHalfDone, type Move, nextMove, wayBack } from './traffic-move.js';
import { type TrafficPayload } from './traffic-payload.js';
import { trafficMemory } from './traffic-sight.js';
import { describe, sameWeights, type Weights } from './weights.js';

/** How many commands that put a half-done switch right may end well before the job gives up, with the traffic whole. */
const REPAIRS_LIMIT = 3;
/** How many commands may fail, not counted those that AWS puts off: the switch, the way on, the way back. */
const FAILURES_LIMIT = 2;
/** How often in a row AWS may put the way on off before the way back is tried for once. */
const WAYS_ON = 5;

/** What to ask Senza for next, and whether it puts right what a command that failed has left half done. */
interface Plan {
  readonly move: Move;
  readonly repairs: boolean;
}

/**
 * Chooses the next command. After one that failed a half-done switch is completed or undone; when the way on fails too, the
 * way back is tried, and then the job fails.
 * @throws JobFailure `aws_unavailable` when the switch was put right again and again, and cut off again each time
 */
export function planTraffic(context: StepContext<TrafficPayload>, standing: Weights): Plan {
  const { stack, payload, record } = context;
  const memory = trafficMemory.parse(record.data);
  const before = memory.before ?? standing;
  const halfDone = isHalfDone(before, standing);
  const failures = record.journal.filter(({ failure }) => failure !== undefined).length;
  const givesUp = memory.repairs >= REPAIRS_LIMIT && (halfDone || sameWeights(before, standing));
  if (givesUp && failures === 0) {
    throw new JobFailure(
      'aws_unavailable',
      `AWS took only a part of the updates of the switch, ${memory.repairs} times: the job's log tells what it said. ` +
        `The weights are ${describe(standing)}.`,
      { weights: standing },
    );
  }
  const on = nextMove(before, standing, { stack: stack.id, percentage: payload.new_traffic ?? 0 });
  const turnsBack = halfDone && (failures > 1 || record.put_off % (WAYS_ON + 1) === WAYS_ON);
  const wentBack = memory.move?.purpose === 'undo';
  const wayBackFailed = failures > 1 && wentBack && record.journal.at(-1)?.failure !== undefined;
  const canGoOn = halfDone || (context.hasActed && !wentBack);
  return {
    move: (turnsBack ? wayBack(before, standing) : null) ?? on,
    repairs: canGoOn && !givesUp && !wayBackFailed && failures <= FAILURES_LIMIT,
  };
}
