import { lizzyVersion } from '#config';

/**
 * The header fields of every response, in addition to `X-Request-Id` and those of `security-headers.ts`.
 * @param senzaVersion as the workers report it
 */
export function responseHeaders(senzaVersion: string): Readonly<Record<string, string>> {
  return { 'x-lizzy-version': lizzyVersion, 'x-senza-version': senzaVersion, 'x-content-type-options': 'nosniff' };
}
