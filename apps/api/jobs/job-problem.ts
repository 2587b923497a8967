import { type JobErrorCode, type JobErrorRecord } from '#jobs';
import { problemType } from '../problems/problem-catalogue.js';
import { type JobView } from './job.dto.js';

/** What a job's failure would be as an answer; Lizzy 2's calls answer with it when they wait for the job. */
const FAILURES = {
  aws_unavailable: { status: 502, title: 'AWS is unavailable' },
  image_not_found: { status: 400, title: 'Image not found' },
  internal: { status: 500, title: 'Internal Server Error' },
  interrupted: { status: 500, title: 'Job was interrupted' },
  invalid_request: { status: 400, title: 'Invalid deployment' },
  no_credentials: { status: 500, title: "AWS rejected the agent's credentials" },
  no_domain: { status: 409, title: 'Stack has no domain' },
  senza_failed: { status: 500, title: 'Execution Error' },
  senza_timed_out: { status: 504, title: 'Senza timed out' },
  stack_busy: { status: 409, title: 'Stack is busy' },
  stack_exists: { status: 409, title: 'Stack already exists' },
  stack_failed: { status: 500, title: 'CloudFormation failed' },
  stack_has_traffic: { status: 409, title: 'Stack receives traffic' },
  stack_not_found: { status: 404, title: 'Not Found' },
  stack_not_updatable: { status: 409, title: 'Stack cannot be updated' },
  superseded: { status: 409, title: 'Superseded by a later traffic change' },
  throttled: { status: 503, title: 'AWS throttles requests' },
  timed_out: { status: 504, title: 'Job timed out' },
  traffic_refused: { status: 409, title: 'Traffic change rejected' },
  state_unknown: { status: 500, title: 'Stack state could not be determined' },
  not_verified: { status: 500, title: 'Change could not be verified' },
} as const satisfies Record<JobErrorCode, { status: number; title: string }>;

/**
 * The problem document of a failed job; what belongs to the code (exit code, resource, reason...) are further members.
 * RFC 9457's own members come last: no datum takes their place.
 */
export function jobProblem({ code, detail, data }: JobErrorRecord): NonNullable<JobView['error']> {
  return { ...data, type: problemType(code), ...FAILURES[code], detail };
}
