import { z } from 'zod';
import { domainShares, unownedRecord } from '../kinds/domain-shares.js';

/** A traffic change that this agent made, or is making. */
export const trafficChange = z.object({
  job_id: z.string(),
  /** The job's place in the order of submission. */
  seq: z.number().int(),
  kind: z.string(),
  requested_by: z.string(),
  /** The stack that the change was requested for. */
  stack: z.string(),
  started_at: z.string(),
  /** Null while it is in progress. */
  finished_at: z.string().nullable(),
  before: z.array(domainShares),
  /** The records that belonged to no version before: a switch to 100 % removes them. */
  records: z.array(unownedRecord).default([]),
  /** Null while it is in progress, or when its end left updates in progress, or AWS could not be read then. */
  after: z.array(domainShares).nullable(),
  /** False for a change that failed without any effect: it supersedes nothing. */
  effective: z.boolean(),
});
export type TrafficChange = z.infer<typeof trafficChange>;

/** An application: all stacks of one name in one region. */
export interface ApplicationRef {
  readonly region: string;
  readonly name: string;
}
