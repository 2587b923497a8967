import { createHash } from 'node:crypto';
import { type Redis } from '#redis';
import { type JobEvent, type JobEventEntry, type LogLine, logLineOf } from '../events/job-event.js';
import { readEvents } from '../events/read-events.js';
import { type LogSummary } from '../model/job.js';
import { readingJob } from '../redis/damaged-job.error.js';
import { type JobKeys } from '../redis/keys.js';

/** How long one line may be, in characters; the rest is cut. */
export const LOG_LINE_LENGTH_LIMIT = 8_192;
/** How many events are read at once. */
const BATCH = 2_000;

/** A line as it was written: `cursor` is the id of its event, from which reading continues; `at` is Redis's time. */
export interface LogEntry extends LogLine {
  readonly cursor: string;
  readonly at: string;
}

/** A part of a log; `cursor` is where reading continues, null when nothing has been read yet. */
export interface LogPage {
  readonly lines: readonly LogEntry[];
  readonly cursor: string | null;
}

/**
 * The log lines among events.
 * @param after the id of the event before the first entry: where ids are missing, a line says so
 */
export function logLines(entries: readonly JobEventEntry[], after: number): LogEntry[] {
  let last = after;
  return entries.flatMap(({ id, at, event }) => {
    const lines: LogEntry[] = [];
    const missing = id - last - 1;
    if (missing > 0) lines.push({ cursor: String(id - 1), at, source: 'agent', step: null, text: gapText(missing) });
    last = id;
    const line = logLineOf(event);
    if (line !== null) lines.push({ cursor: String(id), at, ...line });
    return lines;
  });
}

/** Lines as they are appended to the job's events. */
export function logEvents(lines: readonly LogLine[]): string[] {
  return lines.map(({ source, step, text }) =>
    JSON.stringify({ type: 'log', source, step, text: text.slice(0, LOG_LINE_LENGTH_LIMIT) }),
  );
}

/** The line in the place of events that are no longer kept. */
function gapText(missing: number): string {
  return `[${missing} entries of this log are no longer kept]`;
}

/**
 * Reads lines of a job's log.
 * @param after the id of the last event that was read, 0 for the beginning
 * @param limit how many lines at most
 * @throws DamagedJobError when the stream has another type
 */
export async function readLog(
  redis: Redis,
  keys: JobKeys,
  { id, after, limit }: { id: string; after: number; limit: number },
): Promise<LogPage> {
  const lines: LogEntry[] = [];
  let last = after;
  for (;;) {
    const query = { id, after: last, limit: Math.min(BATCH, limit) };
    const entries = await readingJob(id, () => readEvents(redis, keys, query));
    for (const entry of entries) {
      for (const line of logLines([entry], last)) {
        if (lines.length >= limit) return { lines, cursor: cursorOf(last) };
        lines.push(line);
        last = Number(line.cursor);
      }
      last = entry.id;
    }
    if (entries.length < Math.min(BATCH, limit)) return { lines, cursor: cursorOf(last) };
  }
}

function cursorOf(last: number): string | null {
  return last === 0 ? null : String(last);
}

/**
 * Counts and digests the whole log of a job that is about to finish.
 * @param ending the events that are going to be appended
 */
export async function summarizeLog(
  redis: Redis,
  keys: JobKeys,
  id: string,
  ending: readonly JobEvent[],
): Promise<LogSummary> {
  const digest = createHash('sha256');
  let lines = 0;
  const add = (event: JobEvent | null): void => {
    const line = logLineOf(event);
    if (line === null) return;
    lines += 1;
    digest.update(`${line.text}\n`);
  };
  let last = 0;
  let isComplete = true;
  for (;;) {
    const entries = await readEvents(redis, keys, { id, after: last, limit: BATCH });
    for (const entry of entries) {
      isComplete &&= entry.id === last + 1;
      last = entry.id;
      add(entry.event);
    }
    if (entries.length >= BATCH) continue;
    ending.forEach(add);
    return { lines, sha256: isComplete ? digest.digest('hex') : null };
  }
}
