import { lizzyVersion } from '#config';

/** The headers that every answer has beside its request's id. @param senzaVersion as the workers report it */
export function standardHeaders(senzaVersion: string): Readonly<Record<string, string>> {
  return { 'x-lizzy-version': lizzyVersion, 'x-senza-version': senzaVersion, 'x-content-type-options': 'nosniff' };
}
