import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';

/** What the caller of a changing call prefers (RFC 7240, section 4). */
export interface Preference {
  /** `respond-async`: rather a 202 at once than an answer later. */
  readonly respondAsync: boolean;
  /** `wait=N`: how long the caller wants to wait, in seconds; null when it does not say. */
  readonly waitSeconds: number | null;
}

/** Reads `Prefer`. What is unknown or malformed counts as not said; of equal preferences the first counts. */
export function readPreference(header: string | readonly string[] | undefined): Preference {
  const preferences = new Map<string, string>();
  for (const item of [header ?? []].flat().join(',').split(',')) {
    const [name = '', value = ''] = (item.split(';')[0] ?? '').split('=').map((part) => part.trim());
    const key = name.toLowerCase();
    if (!preferences.has(key)) preferences.set(key, value.replace(/^"(.*)"$/, '$1'));
  }
  const wait = preferences.get('wait');
  return {
    respondAsync: preferences.get('respond-async') === '',
    waitSeconds: wait !== undefined && /^[0-9]{1,9}$/.test(wait) ? Number(wait) : null,
  };
}

/** The {@link Preference} of a request, as a parameter of its method. */
export const PreferenceOf = createParamDecorator((_data: unknown, context: ExecutionContext): Preference =>
  readPreference(context.switchToHttp().getRequest<FastifyRequest>().headers['prefer']),
);
