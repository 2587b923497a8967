import { z } from 'zod';
import { domainShares } from '../kinds/domain-shares.js';
import { jobError } from '../model/job-error.js';

/** The queries of AWS that workers execute: a closed list. They are short, and not part of the history. */
export const stackQuery = z.discriminatedUnion('read', [
  z.object({
    read: z.literal('stacks'),
    region: z.string(),
    /** The stack, `NAME-VERSION`, of which `failed_resources` are needed: they are read from AWS only then. */
    explain: z.string().optional(),
  }),
  z.object({ read: z.literal('application'), region: z.string(), name: z.string() }),
  z.object({ read: z.literal('traffic'), region: z.string(), stack_name: z.string(), stack_version: z.string() }),
]);
export type StackQuery = z.infer<typeof stackQuery>;

/** Context of a query: the span of its request. */
export const queryOrigin = z.object({ traceparent: z.string().optional(), request_id: z.string().optional() });
export type QueryOrigin = z.infer<typeof queryOrigin>;

/** What made the deletion or the rollback of a stack fail. `occurred_at` is in UTC, ISO 8601. */
export const failedResource = z.object({
  resource: z.string(),
  resource_type: z.string(),
  status: z.string(),
  reason: z.string(),
  occurred_at: z.iso.datetime().nullable(),
});

/** Statuses after a deletion or a rollback that failed: `failed_resources` says what and why. */
const STUCK = ['DELETE_FAILED', 'ROLLBACK_FAILED', 'UPDATE_ROLLBACK_FAILED', 'IMPORT_ROLLBACK_FAILED'];

/** Whether a deletion or a rollback of a stack with this status has failed: a change fails in the same way until the cause is removed. */
export function isStuckStatus(status: string): boolean {
  return STUCK.includes(status);
}

/** A stack as Lizzy 2 shows it: name and version split at the last hyphen; `creation_time` in UTC, ISO 8601. */
export const stackRow = z.object({
  stack_name: z.string(),
  version: z.string(),
  status: z.string(),
  creation_time: z.string(),
  description: z.string().nullable(),
  /** Where they were read: stacks of which a deletion or a rollback has failed. */
  failed_resources: z.array(failedResource).optional(),
});
export type StackRow = z.infer<typeof stackRow>;

/** All versions of an application, oldest first, and its weighted domains with all their records. */
export const applicationState = z.object({
  versions: z.array(stackRow),
  domains: z.array(domainShares),
});
export type ApplicationState = z.infer<typeof applicationState>;

/** The result of a query, or why it failed. */
export const stackQueryResult = z.union([
  z.object({ stacks: z.array(stackRow) }),
  z.object({ application: applicationState }),
  z.object({ weight: z.number() }),
  z.object({ error: jobError }),
]);
export type StackQueryResult = z.infer<typeof stackQueryResult>;
