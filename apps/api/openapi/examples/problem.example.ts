import { PROBLEMS, type ProblemCode, problemType } from '../../problems/problem-catalogue.js';

/** A typical problem of each status, with its sentence. */
const TYPICAL: Readonly<Record<number, readonly [ProblemCode, string]>> = {
  400: ['invalid_request', 'The request has 1 wrong field: /stack_version must be 1 to 100 letters and digits'],
  401: ['unauthorized', 'The request has no bearer token'],
  403: ['forbidden', 'The token does not have the scope deployer'],
  404: ['not_found', 'Stack not found: hello-v9'],
  408: ['request_timeout', 'The request was not received in time'],
  409: ['duplicate_deployment', 'The unfinished job 5a1f7c7e-2f0b-4d55-8a55-0b6a2f1d7a10 does the same'],
  410: [
    'request_gone',
    'Redis holds the request of the job no more: it is kept for 7 days after the end, unless Redis loses data. Submit the change again',
  ],
  413: ['body_too_large', 'The body is larger than 1 MiB'],
  414: ['uri_too_long', 'A part of the path is too long'],
  415: ['unsupported_media_type', 'The media type text/plain is not accepted'],
  422: ['idempotency_key_reused', 'The same Idempotency-Key came with another body before'],
  429: ['rate_limited', 'More than 1200 requests within a minute'],
  431: ['headers_too_large', 'The header fields are larger than 16 KiB'],
  500: ['internal', 'Something went wrong inside the agent; its log has more under the id of this request'],
  502: ['aws_unavailable', 'AWS did not respond'],
  503: ['store_unavailable', 'Redis is unavailable'],
  504: ['worker_timeout', 'No worker answered in time'],
};

/** An example of the problem document with this status; undefined for a status that is no problem. */
export function problemExample(status: number): object | undefined {
  const typical = TYPICAL[status];
  if (typical === undefined) return undefined;
  const [code, detail] = typical;
  const instance = '0d9c0d4b-55d5-4b50-9a3a-2f6d9f1f8a11';
  const errors =
    code === 'invalid_request'
      ? [{ pointer: '/stack_version', detail: 'must be 1 to 100 letters and digits' }]
      : undefined;
  return { type: problemType(code), title: PROBLEMS[code].title, status, detail, instance, errors };
}
