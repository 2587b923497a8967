import { type Redis } from '#redis';
import { type JobKeys } from '../redis/keys.js';
import { storedTimestamp } from '../redis/clock.js';
import { type EventSubject, eventSubject, jobEvent, type JobEventEntry } from './job-event.js';

/** The job of an entry in the feed that cannot be read. It matches no filter that names one. */
const UNKNOWN_SUBJECT: EventSubject = {
  id: '',
  kind: '',
  stack_name: '',
  stack_version: '',
  region: '',
  requested_by: '',
  commit: null,
  created_at: null,
};

/** The form of an event's id. */
export const EVENT_ID_PATTERN = /^(0|[1-9]\d{0,14})$/;

/** An event of the feed of all jobs; `id` is its number in the feed, `entry` the event as the job's own stream has it. */
export interface FeedEntry {
  readonly id: number;
  readonly subject: EventSubject;
  readonly status: string;
  readonly entry: JobEventEntry;
}

/**
 * Reads events of a job in their order. When the first id is not `after` + 1, the events between are no longer kept.
 * @param after the id of the last event that is known already, 0 for the beginning
 * @param limit how many at most
 */
export async function readEvents(
  redis: Redis,
  keys: JobKeys,
  { id, after, limit }: { id: string; after: number; limit: number },
): Promise<JobEventEntry[]> {
  const entries = await redis.xrange(keys.events(id), `(${after}-0`, '+', 'COUNT', limit);
  return entries.map(([entryId, fields]) => entryOf(numberOf(entryId), fieldsOf(fields)));
}

/** Reads events of all jobs, log lines left out, see `readEvents`. */
export async function readFeed(
  redis: Redis,
  keys: JobKeys,
  { after, limit }: { after: number; limit: number },
): Promise<FeedEntry[]> {
  const entries = await redis.xrange(keys.feed, `(${after}-0`, '+', 'COUNT', limit);
  return entries.map(([entryId, list]) => {
    const fields = fieldsOf(list);
    const subject = eventSubject.safeParse(parseJson(fields.get('d'))).data ?? UNKNOWN_SUBJECT;
    const entry = entryOf(Number(fields.get('n')), fields);
    const createdAt = entry.id === 1 ? entry.at : subject.created_at;
    return {
      id: numberOf(entryId),
      subject: { ...subject, created_at: createdAt },
      status: fields.get('s') ?? '',
      entry,
    };
  });
}

/** The number of the last event in the feed. */
export async function feedPosition(redis: Redis, keys: JobKeys): Promise<number> {
  const text = (await redis.get(keys.feedPosition)) ?? '0';
  if (EVENT_ID_PATTERN.test(text)) return Number(text);
  // Another program has written it. The next event repairs it.
  const [last] = await redis.xrevrange(keys.feed, '+', '-', 'COUNT', 1);
  return last === undefined ? 0 : numberOf(last[0]);
}

function entryOf(id: number, fields: ReadonlyMap<string, string>): JobEventEntry {
  const event = jobEvent.safeParse(parseJson(fields.get('e')));
  return { id, at: storedTimestamp(fields.get('t')), event: event.data ?? null };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

function numberOf(entryId: string): number {
  return Number(entryId.slice(0, entryId.indexOf('-')));
}

function fieldsOf(list: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at + 1 < list.length; at += 2) fields.set(list[at] ?? '', list[at + 1] ?? '');
  return fields;
}
