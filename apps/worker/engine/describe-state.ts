import { type JsonObject } from './step-context.js';

/** A state as a line of the log: `stack: name shop-1, status UPDATE_COMPLETE; weights: shop-1 100`. */
export function describeState(state: JsonObject): string {
  return Object.entries(state)
    .map(([name, value]) => `${name.replaceAll('_', ' ')}: ${describe(value)}`)
    .join('; ');
}

function describe(value: JsonObject[string]): string {
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(describe).join(', ');
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name.replaceAll('_', ' ')} ${describe(inner)}`)
    .join(', ');
}
