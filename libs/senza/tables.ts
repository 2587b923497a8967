import { z } from 'zod';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

/** A row of `senza traffic NAME -o json`. */
export const trafficWeightSchema = z
  .object({ stack_name: z.string(), version: text, identifier: z.string(), 'weight%': z.number() })
  .transform((row) => ({
    stackName: row.stack_name,
    version: row.version,
    identifier: row.identifier,
    weight: row['weight%'],
  }));

/** A row of `senza traffic NAME VERSION PERCENTAGE -o json`. */
export const trafficChangeSchema = z
  .object({
    stack_name: z.string(),
    version: text,
    identifier: z.string(),
    'old_weight%': z.number(),
    'new_weight%': z.number(),
  })
  .transform((row) => ({
    stackName: row.stack_name,
    version: row.version,
    identifier: row.identifier,
    oldWeight: row['old_weight%'],
    newWeight: row['new_weight%'],
  }));

/** A row of `senza domains -o json`. */
export const domainSchema = z
  .object({
    stack_name: z.string(),
    version: text,
    resource_id: z.string(),
    domain: text,
    weight: z.union([z.literal(''), z.coerce.number()]).nullish(),
    type: text,
    value: text,
  })
  .transform((row) => ({
    stackName: row.stack_name,
    version: row.version,
    resourceId: row.resource_id,
    domain: row.domain,
    weight: row.weight === '' ? null : (row.weight ?? null),
    type: row.type,
    value: row.value,
  }));

/** A stack's share of the traffic; `identifier` is the stack's whole name, `weight` is percent. */
export type TrafficWeight = z.output<typeof trafficWeightSchema>;
/** What a switch does to one stack's share; percents. `version` is null for a record without a stack. */
export type TrafficChange = z.output<typeof trafficChangeSchema>;
/** A domain of a stack; `weight` is Route 53's (200 is all traffic), null for a record without one. */
export type StackDomain = z.output<typeof domainSchema>;
