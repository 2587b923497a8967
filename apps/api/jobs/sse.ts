import { type JobEventEntry } from '#jobs';
import { type EndReason } from './event-stream.js';

/** How long clients wait before they reconnect, in milliseconds. */
const RECONNECT_MS = 2_000;

/** The beginning of a stream (HTML Living Standard, "Server-sent events"). */
export const SSE_PREAMBLE = `retry: ${RECONNECT_MS}\n\n`;
/** A comment that keeps proxies from closing a connection without traffic. */
export const SSE_HEARTBEAT = ': heartbeat\n\n';

/** One event; without `id` it does not change where a client resumes. */
export function sseEvent(event: string, data: unknown, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** The event that ends a stream early. */
export function sseError(reason: EndReason, detail: string): string {
  return sseEvent('error', { reason, detail });
}

/**
 * Writes entries with their ids. Where ids are missing, an event `gap` takes their place.
 * @param after the id of the event before the first entry
 */
export function sseEntries<T extends { readonly id: number }>(
  entries: readonly T[],
  after: number,
  write: (entry: T) => { entry: JobEventEntry; members: object } | null,
): string {
  let last = after;
  let text = '';
  for (const entry of entries) {
    const missing = entry.id - last - 1;
    if (missing > 0) text += sseEvent('gap', { missing }, entry.id - 1);
    last = entry.id;
    const written = write(entry);
    if (written === null) continue;
    const { type, ...data } = written.entry.event ?? { type: 'unknown' };
    text += sseEvent(type, { at: written.entry.at, ...data, ...written.members }, entry.id);
  }
  return text;
}
