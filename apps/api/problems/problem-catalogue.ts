/**
 * Everything that the API refuses or fails with: a closed list, with the status and the title of its problem document
 * (RFC 9457). A new refusal is a new line here.
 */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'Invalid request' },
  invalid_definition: { status: 400, title: 'Invalid senza yaml' },
  invalid_deployment: { status: 400, title: 'Invalid deployment' },
  malformed_request: { status: 400, title: 'Malformed request' },
  unauthorized: { status: 401, title: 'Unauthorized' },
  forbidden: { status: 403, title: 'Forbidden' },
  not_found: { status: 404, title: 'Not Found' },
  stack_not_found: { status: 404, title: 'Not Found' },
  job_not_found: { status: 404, title: 'Job not found' },
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
  headers_too_large: { status: 431, title: 'Request header fields are too large' },
  internal: { status: 500, title: 'Internal Server Error' },
  store_unavailable: { status: 503, title: 'Redis is unavailable' },
  token_service_unavailable: { status: 503, title: 'Token service is unavailable' },
  not_ready: { status: 503, title: 'Not ready' },
  job_unfinished: { status: 504, title: 'Job is still running' },
  worker_timeout: { status: 504, title: 'No worker answered in time' },
} as const satisfies Record<string, { status: number; title: string }>;

/** One of {@link PROBLEMS}. */
export type ProblemCode = keyof typeof PROBLEMS;

/** Identifies a kind of problem for programs; it is a name, nothing stands there to be fetched. */
export function problemType(code: string): string {
  return `urn:lizzy:problem:${code.replaceAll('_', '-')}`;
}
