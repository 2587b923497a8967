import { z } from 'zod';

/** The weights of one domain, in percent by record identifier (usually `NAME-VERSION`). */
export const domainShares = z.object({
  domain: z.string(),
  variant: z.string().nullable().default(null).meta({
    description: 'Which records of the domain these are (`AAAA`), where its A and AAAA records differ; else null.',
  }),
  weights: z.record(z.string(), z.number()),
});
export type DomainShares = z.infer<typeof domainShares>;

/** A weighted record set that belongs to no version of the application: as Route 53 returned it, and its hosted zone. */
export const unownedRecord = z.object({ zone: z.string(), record: z.record(z.string(), z.json()) });
export type UnownedRecord = z.infer<typeof unownedRecord>;

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
  /** Null while it is in progress, or when AWS could not be read at its end. */
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
