import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';

/** What the caller of a changing call prefers (RFC 7240, section 4). */
export interface Preference {
  /** `respond-async`: the caller prefers a 202 at once to waiting for the result. */
  readonly respondAsync: boolean;
  /** `wait=N`: how long the caller wants to wait, in seconds; null when it does not say. */
  readonly waitSeconds: number | null;
}

/** How much of the header is read, in characters. */
const LENGTH_LIMIT = 1024;
// A list's item, and an item's part: a quoted string may hold commas and semicolons (RFC 9110, section 5.6.4).
const ITEM = /(?:"(?:\\.|[^"\\])*"|[^,])+/g;
const PART = /(?:"(?:\\.|[^"\\])*"|[^;])+/;

/** Reads `Prefer`. What is unknown or malformed counts as not said; of equal preferences the first counts. */
export function readPreference(header: string | readonly string[] | undefined): Preference {
  const preferences = new Map<string, string>();
  const given = [header ?? []].flat().join(',');
  // Cut: the time to read quoted strings grows with the square of the length.
  for (const [item] of given.slice(0, LENGTH_LIMIT).matchAll(ITEM)) {
    const [name = '', value = ''] = (PART.exec(item)?.[0] ?? '').split('=').map((part) => part.trim());
    const key = name.toLowerCase();
    if (!preferences.has(key)) preferences.set(key, value.replace(/^"(.*)"$/, '$1'));
  }
  const wait = preferences.get('wait');
  return {
    respondAsync: preferences.get('respond-async') === '',
    waitSeconds: wait !== undefined && /^[0-9]+$/.test(wait) ? Number(wait) : null,
  };
}

/** The {@link Preference} of a request, as a parameter of its method. */
export const Prefer = createParamDecorator((_data: unknown, context: ExecutionContext): Preference =>
  readPreference(context.switchToHttp().getRequest<FastifyRequest>().headers['prefer']),
);
