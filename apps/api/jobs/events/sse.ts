import { type JobEventEntry } from '#jobs';
import { type EndReason } from '../stream-ended.error.js';

/** How long clients wait before they reconnect, in milliseconds. */
const RECONNECT_MS = 2_000;

/** The beginning of a stream (HTML Living Standard, "Server-sent events"). */
export const SSE_PREAMBLE = `retry: ${RECONNECT_MS}\n\n`;
/** A comment that keeps proxies from closing a connection without traffic. */
export const SSE_HEARTBEAT = ': heartbeat\n\n';

/** One event; without `id` it does not change where a client resumes. */
export function sseEvent(event: string, data: unknown, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}${sseText(event, JSON.stringify(data))}`;
}

/** One event without an id. @param json its data */
export function sseText(event: string, json: string): string {
  return `event: ${event}\ndata: ${json}\n\n`;
}

/** The event that ends a stream early. */
export function sseError(reason: EndReason, detail: string): string {
  return sseEvent('error', { reason, detail });
}

/**
 * Writes entries with their ids. Where ids are missing, an event `gap` takes their place.
 * @param after the id of the event before the first entry
 * @param write makes the text of an entry; null when it is left out
 */
export function sseEntries<T extends { readonly id: number }>(
  entries: readonly T[],
  after: number,
  write: (entry: T) => string | null,
): string {
  let last = after;
  let text = '';
  for (const entry of entries) {
    const missing = entry.id - last - 1;
    if (missing > 0) text += sseEvent('gap', { missing }, entry.id - 1);
    last = entry.id;
    text += write(entry) ?? '';
  }
  return text;
}

/** The texts of entries. Followers share entries, so that the text of an entry is made once for all of them. */
const texts = new WeakMap<object, string>();

/**
 * Writes one entry of a stream.
 * @param source what was read: an event, or an entry of the feed
 * @param id the id in this stream
 */
export function sseEntry(source: object, { at, event }: JobEventEntry, id: number, members: () => object): string {
  const known = texts.get(source);
  if (known !== undefined) return known;
  const { type, ...data } = event ?? { type: 'unknown' };
  const text = sseEvent(type, { at, ...data, ...members() }, id);
  texts.set(source, text);
  return text;
}
