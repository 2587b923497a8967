import { type RepairName } from '#senza';
import { type Traffic } from '../weights.js';

/** The repairs of Senza without which the switch would set wrong weights. */
export function requiredRepairs({ needsRepair }: Pick<Traffic, 'needsRepair'>): RepairName[] {
  return needsRepair ? ['weights_per_domain'] : [];
}
