import { type Weights } from './weights.js';

/** One `senza traffic`: the stack, its percentage, and what it is for. */
export interface Move {
  readonly purpose: 'switch' | 'complete' | 'undo';
  readonly stack: string;
  readonly percentage: number;
}

/**
 * What to ask Senza for. Usually the switch itself. But a switch is one stack update for each version whose weight
 * changes, and a crash or a throttled call may leave it half done; Senza, asked again, computes from what stands then,
 * and ends with other weights than it had announced (senza/traffic.py, `calculate_new_weights` and `compensate`: 50, 50,
 * 0 switched to 90 for the third, cut off after the first update, ends with 81). What keeps the sum at 100 % Senza does
 * exactly. So a half-done switch with one update is undone, and one that lacks one update is completed, before the switch
 * is asked for again. More versions in between are computed anew.
 * @param before the weights before the first attempt
 * @param wanted the stack to switch, and its percentage
 */
export function nextMove(before: Weights, standing: Weights, wanted: { stack: string; percentage: number }): Move {
  const move: Move = { purpose: 'switch', ...wanted };
  const stacks = Object.keys(standing);
  const changed = stacks.filter((stack) => standing[stack] !== (before[stack] ?? 0));
  const sum = total(standing);
  if (changed.length === 0 || sum === 100 || total(before) !== 100) return move;
  const [first] = changed;
  if (first !== undefined && changed.length === 1) {
    return { purpose: 'undo', stack: first, percentage: before[first] ?? 0 };
  }
  const [left, ...others] = stacks.filter(
    (stack) => !changed.includes(stack) && (stack === wanted.stack || (before[stack] ?? 0) > 0),
  );
  if (left === undefined || others.length > 0) return move;
  const percentage = 100 - (sum - (standing[left] ?? 0));
  return percentage < 0 || percentage > 100 ? move : { purpose: 'complete', stack: left, percentage };
}

/** All percentages together. */
export function total(weights: Weights): number {
  return Object.values(weights).reduce((sum, weight) => sum + weight, 0);
}
