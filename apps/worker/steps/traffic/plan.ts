import { formatWeights, sameDomains, sumWeights, type Weights, type WeightsByDomain } from '../weights.js';
import { JobFailedError } from '#jobs';
import { type StepContext } from '../../engine/step-context.js';
import { type TrafficPayload, trafficState } from './verify.js';

/** One `senza traffic`: the stack, its percentage, and what it is for. */
export interface TrafficCommand {
  readonly purpose: 'switch' | 'complete' | 'undo';
  readonly stack: string;
  readonly percentage: number;
}

/** The stack to switch, and its percentage. */
export interface RequestedShare {
  readonly stack: string;
  readonly percentage: number;
}

/** Whether a switch was interrupted between its updates, so that the domain's shares do not add up to 100 %. */
export function isPartiallyApplied(before: Weights | null, current: Weights): boolean {
  return before !== null && sumWeights(before) === 100 && sumWeights(current) !== 100;
}

/**
 * The next command for Senza. Usually the switch itself. But a switch is one stack update for each version whose weight
 * changes, and a crash or a throttled call may leave it partially applied; Senza, run again, computes from the current weights,
 * and ends with other weights than it had announced (senza/traffic.py, `calculate_new_weights` and `compensate`: 50, 50,
 * 0 switched to 90 for the third, cut off after the first update, ends with 81). Senza computes exactly these,
 * and updates nothing else:
 * - a switch to 100 %: all others get 0, whatever they have;
 * - a switch of which only the requested version's own update was made: the others' new weights do not depend on it;
 * - a change of one version that makes the sum 100 %: the others keep their weights.
 * (Senza may round half a percent to a version that had none; completed without it, that goes to the last one.)
 * So a partially applied switch is completed when one command can do it. Otherwise its only update is undone, or its only missing
 * update is made, and the switch is run again. With more versions in between Senza computes the whole switch again.
 * @param before the weights before the first attempt
 */
export function nextCommand(before: Weights, current: Weights, wanted: RequestedShare): TrafficCommand {
  const move: TrafficCommand = { purpose: 'switch', ...wanted };
  const changed = changedOf(before, current);
  // The weight of a deleted version is deleted with it: the earlier weights cannot be restored.
  const isDeleted = Object.entries(before).some(([stack, weight]) => weight > 0 && current[stack] === undefined);
  if (changed.length === 0 || !isPartiallyApplied(before, current) || isDeleted) return move;
  if (wanted.percentage === 100 || changed.every((stack) => stack === wanted.stack)) return move;
  const left = Object.keys(current).filter(
    (stack) => !changed.includes(stack) && (stack === wanted.stack || (before[stack] ?? 0) > 0),
  );
  const [last] = left;
  const completion = last === undefined || left.length > 1 ? null : balancing('complete', last, current);
  const gets = completion?.stack === wanted.stack ? completion.percentage : current[wanted.stack];
  if (completion !== null && gets === wanted.percentage) return completion;
  const [first] = changed;
  if (first !== undefined && changed.length === 1) {
    return { purpose: 'undo', stack: first, percentage: before[first] ?? 0 };
  }
  return completion ?? move;
}

/**
 * Makes the weights of a partially applied switch add up to 100 % again when it cannot be completed: by one more update of a version
 * that has been updated, preferably by the one that restores all weights. Null when no single update can.
 */
export function rollbackCommand(before: Weights, current: Weights): TrafficCommand | null {
  const moves = changedOf(before, current).flatMap((stack) => balancing('undo', stack, current) ?? []);
  const previous = ({ stack }: TrafficCommand): number => before[stack] ?? 0;
  const exact = moves.find((move) => move.percentage === previous(move));
  return exact ?? moves.toSorted((one, other) => previous(other) - previous(one))[0] ?? null;
}

function changedOf(before: Weights, current: Weights): string[] {
  return Object.keys(current).filter((stack) => current[stack] !== (before[stack] ?? 0));
}

function balancing(purpose: TrafficCommand['purpose'], stack: string, current: Weights): TrafficCommand | null {
  const percentage = 100 - (sumWeights(current) - (current[stack] ?? 0));
  return percentage < 0 || percentage > 100 ? null : { purpose, stack, percentage };
}

/** How many repairs of a partially applied switch can succeed before the job gives up, with the traffic complete. */
const MAX_REPAIRS = 3;
/** How many commands can fail, throttled ones not counted: the switch, the repair, the rollback. */
const MAX_FAILURES = 2;
/** How often in a row AWS can defer the repair before a rollback is tried once. */
const FORWARD_RETRIES = 5;

/** The next command for Senza, and whether it repairs a switch that a failed command has applied partially. */
interface Plan {
  readonly move: TrafficCommand;
  readonly repairs: boolean;
}

/** Whether a switch was interrupted in any of the domains. */
export function isAnyPartiallyApplied(before: WeightsByDomain | null, current: WeightsByDomain): boolean {
  return Object.entries(current).some(([domain, weights]) => isPartiallyApplied(before?.[domain] ?? null, weights));
}

/**
 * Chooses the next command. After a command that failed, a partially applied switch is completed or undone; when that fails too, a
 * rollback is tried, and then the job fails. One command changes all domains: when they need different ones, Senza computes the whole
 * switch again.
 * @throws JobFailedError `aws_unavailable` when the switch was repaired several times, and interrupted each time
 */
export function planTraffic(context: StepContext<TrafficPayload>, current: WeightsByDomain): Plan {
  const { stack, payload, record } = context;
  const state = trafficState.parse(record.data);
  const before = state.before ?? current;
  const isPartial = isAnyPartiallyApplied(before, current);
  const failures = record.journal.filter(({ failure }) => failure !== undefined).length;
  const isExhausted = state.repairs >= MAX_REPAIRS && (isPartial || sameDomains(before, current));
  if (isExhausted && failures === 0) {
    throw new JobFailedError(
      'aws_unavailable',
      `AWS accepted only some updates of the switch, ${state.repairs} times: the job's log has its responses. ` +
        `The weights are ${formatWeights(current)}.`,
      { domains: current },
    );
  }
  const requested = { stack: stack.id, percentage: payload.new_traffic ?? 0 };
  const forward =
    commonCommand(before, current, (one, other) => nextCommand(one, other, requested)) ??
    ({ purpose: 'switch', ...requested } as const);
  const isRefused = failures > 1 || state.rolled_back !== null;
  const shouldRollBack = isPartial && (isRefused || record.deferrals % (FORWARD_RETRIES + 1) === FORWARD_RETRIES);
  const rolledBack = state.move?.purpose === 'undo';
  const rollbackFailed = failures > 1 && rolledBack && record.journal.at(-1)?.failure !== undefined;
  const canRepair = isPartial || (context.hasApplied && !rolledBack);
  return {
    move: (shouldRollBack ? commonCommand(before, current, rollbackCommand) : null) ?? forward,
    repairs: canRepair && !isExhausted && !rollbackFailed && failures <= MAX_FAILURES,
  };
}

/** The command that all partially switched domains need; null when there is none, or when they need different ones. */
function commonCommand(
  before: WeightsByDomain,
  current: WeightsByDomain,
  choose: (before: Weights, current: Weights) => TrafficCommand | null,
): TrafficCommand | null {
  const partial = Object.entries(current).flatMap(([domain, weights]) => {
    const old = before[domain];
    return old !== undefined && isPartiallyApplied(old, weights) ? [choose(old, weights)] : [];
  });
  const [first = null, ...others] = partial;
  if (first === null) return null;
  const same = (other: TrafficCommand | null): boolean =>
    other?.stack === first.stack && other.percentage === first.percentage && other.purpose === first.purpose;
  return others.every(same) ? first : null;
}
