/** Codes of Node's sockets and resolver (Node: "Common system errors"). */
const CODES: readonly string[] = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
];

/** Whether the error is a failed or broken connection: the service may be available again later. */
export function isConnectionError(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && CODES.includes(error.code);
}
