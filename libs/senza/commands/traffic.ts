import { z } from 'zod';
import { readTable } from '../output.js';
import { type RepairName } from '../runtime/run-settings.js';
import {
  commonOptions,
  type SenzaCommand,
  stackVersionArguments,
  type StackVersionReference,
} from '../senza-command.js';
import { numberUpTo100 } from '../argument-guard.js';

/** The request of `senza traffic NAME VERSION PERCENTAGE`. */
export interface SwitchTrafficRequest extends StackVersionReference {
  /** Percent, 0 to 100. */
  readonly percentage: number;
  /** Repairs without which the switch would do harm: the command fails, before it does anything, when one is off. */
  readonly requiredRepairs?: readonly RepairName[];
}

const changeSchema = z
  .object({
    version: z.string().nullish(),
    identifier: z.string(),
    domain: z.string().optional(),
    'old_weight%': z.number(),
    'new_weight%': z.number(),
  })
  .transform((row) => ({
    version: row.version ?? null,
    identifier: row.identifier,
    domain: row.domain ?? null,
    oldWeight: row['old_weight%'],
    newWeight: row['new_weight%'],
  }));

/**
 * What a switch does to one stack's share, in percent. `identifier` is the stack's whole name; `version` is null for a
 * record without a stack; `domain` (without its last dot) is null when the switch is about one domain only.
 */
export type TrafficChange = z.output<typeof changeSchema>;

/** What a switch has announced. */
export interface TrafficChanges {
  readonly output: string;
  /** None for a domain where the last version that receives traffic is set to 0: all weights are 0 then. */
  readonly changes: readonly TrafficChange[];
}

/**
 * `senza traffic NAME VERSION PERCENTAGE`: starts the stack updates that change the weights. Without `--timeout`, on
 * purpose: with it Senza waits until no version at all is in progress, one that is being created included, blocking a slot
 * meanwhile; without it Senza does not wait. The caller waits for the versions whose weight changes.
 */
export const senzaSwitchTraffic: SenzaCommand<SwitchTrafficRequest, TrafficChanges> = {
  name: 'traffic',
  printsTable: true,
  arguments: (request) => [
    'traffic',
    ...commonOptions(request),
    '--output=json',
    '--',
    ...stackVersionArguments(request),
    numberUpTo100('percentage', request.percentage),
  ],
  settings: ({ requiredRepairs = [] }) => ({ required_repairs: [...requiredRepairs] }),
  read: (output) => ({ output: output.output, changes: readTable(changeSchema, output) }),
};
