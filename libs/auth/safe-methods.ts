/** The safe methods (RFC 9110, section 9.2.1, and the HTTP QUERY method). */
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'];

/** Whether requests with this method change nothing: they need less permission, have limits of their own, and are no news. */
export function isSafeMethod(method: string): boolean {
  return SAFE_METHODS.includes(method);
}
