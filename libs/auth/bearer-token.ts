/** The credentials of a bearer token (RFC 6750, section 2.1; RFC 9110, section 11.4 allows several spaces). */
const CREDENTIALS = /^Bearer +(\S+)$/i;

/** The token in a value of the `Authorization` header field; null when the value has another form. */
export function bearerToken(authorization: string | undefined): string | null {
  return CREDENTIALS.exec(authorization ?? '')?.[1] ?? null;
}
