import { z } from 'zod';
import { parsedObject } from './parsed-json.js';

/** Why a job can fail: a closed list. The API builds a problem document from the code and its data. */
export const jobErrorCode = z.enum([
  'aws_unavailable',
  'image_not_found',
  'internal',
  'interrupted',
  'invalid_request',
  'no_auto_scaling_group',
  'no_credentials',
  'no_domain',
  'record_damaged',
  'senza_failed',
  'senza_timed_out',
  'stack_busy',
  'stack_exists',
  'stack_failed',
  'stack_has_traffic',
  'stack_not_found',
  'stack_not_updatable',
  'stack_protected',
  'superseded',
  'throttled',
  'timed_out',
  'traffic_refused',
  'state_unknown',
  'not_verified',
]);
export type JobErrorCode = z.infer<typeof jobErrorCode>;

/** Causes of a stack's failure that have an advice of their own: the datum `cause` of `stack_failed`, null for any other. */
export const stackFailureCause = z.enum([
  /** The role of the workers, or of the stack, lacks a permission. */
  'access_denied',
  /** A quota of the account is reached. */
  'quota_exceeded',
  /** AWS has no such instances to give now. */
  'no_capacity',
  /** Something else has the name of the resource. */
  'name_taken',
  /** The resource was created, but did not become ready in time: instances sent no signal. */
  'not_ready',
  /** AWS throttled, or failed itself. */
  'aws_unavailable',
]);
export type StackFailureCause = z.infer<typeof stackFailureCause>;

/** How a job's failure is recorded: a code, one sentence, and what belongs to the code (exit code, resource, reason...). */
export const jobError = z.object({
  code: jobErrorCode,
  detail: z.string(),
  data: parsedObject,
});
export type JobErrorRecord = z.infer<typeof jobError>;

/** A failure of the job itself, as opposed to a failure of the machinery that runs it. Ends the job as failed. */
export class JobFailedError extends Error {
  override readonly name = 'JobFailedError';

  constructor(
    readonly code: JobErrorCode,
    readonly detail: string,
    readonly data: JobErrorRecord['data'] = {},
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
  }

  /** The failure as it is written into the job's record. */
  toRecord(): JobErrorRecord {
    return { code: this.code, detail: this.detail, data: this.data };
  }
}
