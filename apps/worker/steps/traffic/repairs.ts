import { z } from 'zod';
import { type StepContext } from '../../engine/step-context.js';
import { type Traffic } from '../weights.js';

/** The repairs of Senza that a switch can need. */
export const trafficRepair = z.enum(['weights_per_domain', 'keep_no_echo_values']);
export type TrafficRepair = z.infer<typeof trafficRepair>;

/**
 * The repairs of Senza that the command requires: the ones that it needs to set correct weights, and, if it is active, the one that keeps
 * NoEcho values.
 */
export function requiredRepairs(
  { services }: StepContext<unknown>,
  { needsRepair }: Pick<Traffic, 'needsRepair'>,
): TrafficRepair[] {
  const keepsNoEcho = services.senza.hasRepair('keep_no_echo_values');
  return [
    ...(needsRepair ? (['weights_per_domain'] as const) : []),
    ...(keepsNoEcho ? (['keep_no_echo_values'] as const) : []),
  ];
}
