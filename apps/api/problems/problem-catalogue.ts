import { type JobErrorCode } from '#jobs';

/**
 * Everything that a request or a job fails with: a closed list, with the status and the title of its problem document (RFC
 * 9457). Each kind of problem has one type and one title, wherever it occurs.
 */
export const PROBLEMS = {
  // A request is rejected.
  invalid_request: { status: 400, title: 'Invalid request' },
  invalid_definition: { status: 400, title: 'Invalid senza yaml' },
  invalid_deployment: { status: 400, title: 'Invalid deployment' },
  malformed_request: { status: 400, title: 'Malformed request' },
  unauthorized: { status: 401, title: 'Unauthorized' },
  forbidden: { status: 403, title: 'Forbidden' },
  not_found: { status: 404, title: 'Not Found' },
  job_not_found: { status: 404, title: 'Job not found' },
  application_not_found: { status: 404, title: 'Application not found' },
  no_traffic_change: { status: 404, title: 'No traffic change to undo' },
  method_not_allowed: { status: 405, title: 'Method Not Allowed' },
  request_timeout: { status: 408, title: 'Request Timeout' },
  duplicate_deployment: { status: 409, title: 'Deployment is already in progress' },
  job_cancelled: { status: 409, title: 'Job was cancelled' },
  job_ended: { status: 409, title: 'Job has already finished' },
  job_not_retryable: { status: 409, title: 'Job cannot be retried' },
  rollback_refused: { status: 409, title: 'Traffic cannot be rolled back' },
  request_gone: { status: 410, title: 'Request has expired' },
  body_too_large: { status: 413, title: 'Request body is too large' },
  uri_too_long: { status: 414, title: 'URI Too Long' },
  unsupported_media_type: { status: 415, title: 'Unsupported Media Type' },
  idempotency_key_reused: { status: 422, title: 'Idempotency-Key was used for a different request' },
  rate_limited: { status: 429, title: 'Too Many Requests' },
  too_many_unfinished_jobs: { status: 429, title: 'Too many unfinished jobs' },
  too_many_waits: { status: 429, title: 'Too many waiting requests' },
  headers_too_large: { status: 431, title: 'Request header fields are too large' },
  history_damaged: { status: 500, title: 'History is damaged' },
  internal: { status: 500, title: 'Internal Server Error' },
  overloaded: { status: 503, title: 'Overloaded' },
  store_unavailable: { status: 503, title: 'Redis is unavailable' },
  token_service_unavailable: { status: 503, title: 'Token service is unavailable' },
  not_ready: { status: 503, title: 'Not ready' },
  job_unfinished: { status: 504, title: 'Job is still running' },
  worker_timeout: { status: 504, title: 'No worker answered in time' },
  // A job or a query to the workers fails.
  aws_unavailable: { status: 502, title: 'AWS is unavailable' },
  image_not_found: { status: 400, title: 'Image not found' },
  interrupted: { status: 500, title: 'Job was interrupted' },
  no_auto_scaling_group: { status: 409, title: 'Stack has no auto scaling group' },
  no_credentials: { status: 500, title: "AWS rejected the agent's credentials" },
  no_domain: { status: 409, title: 'Stack has no domain' },
  record_damaged: { status: 500, title: 'Job record is damaged' },
  senza_failed: { status: 500, title: 'Execution Error' },
  senza_timed_out: { status: 504, title: 'Senza timed out' },
  stack_busy: { status: 409, title: 'Stack is busy' },
  stack_exists: { status: 409, title: 'Stack already exists' },
  stack_failed: { status: 500, title: 'CloudFormation failed' },
  stack_has_traffic: { status: 409, title: 'Stack receives traffic' },
  stack_not_found: { status: 404, title: 'Not Found' },
  stack_not_updatable: { status: 409, title: 'Stack cannot be updated' },
  stack_protected: { status: 409, title: 'Stack is protected' },
  superseded: { status: 409, title: 'Superseded by a later traffic change' },
  throttled: { status: 503, title: 'AWS throttles requests' },
  timed_out: { status: 504, title: 'Job timed out' },
  traffic_refused: { status: 409, title: 'Traffic change rejected' },
  state_unknown: { status: 500, title: 'Stack state could not be determined' },
  not_verified: { status: 500, title: 'Change could not be verified' },
} as const satisfies Record<string, { status: number; title: string }>;

/** One of {@link PROBLEMS}. */
export type ProblemCode = keyof typeof PROBLEMS;

/** The problem of a failed job: what Senza or AWS rejects is a deployment, not the form of the request. */
export function problemOfJobError(code: JobErrorCode): ProblemCode {
  return code === 'invalid_request' ? 'invalid_deployment' : code;
}

/** Identifies a kind of problem for programs. It is a name and cannot be fetched. */
export function problemType(code: ProblemCode): string {
  return `urn:lizzy:problem:${code.replaceAll('_', '-')}`;
}
