import { type Redis } from '#redis';
import { z } from 'zod';
import { type JobKeys } from './keys.js';
import { timestamp } from './clock.js';

/** How many lines of log a job keeps; older ones go. */
export const LOG_LINES_LIMIT = 20_000;
/** How long one line may be, in characters; the rest is cut. */
export const LOG_LINE_LENGTH_LIMIT = 8_192;

/** Where a line of a job's log comes from: the agent itself, or one of Senza's outputs. */
export const logSource = z.enum(['agent', 'stdout', 'stderr']);
/** A line to be written; `step` is null outside of steps. */
export const logLine = z.object({ source: logSource, step: z.string().nullable(), text: z.string() });
export type LogLine = z.infer<typeof logLine>;

/** A line as it was written: `cursor` orders it and is where reading goes on; `at` is Redis's time. */
export interface LogEntry extends LogLine {
  readonly cursor: string;
  readonly at: string;
}

/** The form of a cursor: a stream entry's id. */
export const LOG_CURSOR_PATTERN = /^\d{1,19}-\d{1,19}$/;

/**
 * Reads a job's log.
 * @param after the cursor of the last line that is known already, null for the beginning
 * @param limit how many lines at most
 */
export async function readLog(
  redis: Redis,
  keys: JobKeys,
  { id, after, limit }: { id: string; after: string | null; limit: number },
): Promise<LogEntry[]> {
  const from = after === null ? '-' : `(${after}`;
  const entries = await redis.xrange(keys.log(id), from, '+', 'COUNT', limit);
  return entries.map(([cursor, fields]) => ({
    cursor,
    at: timestamp(Number(cursor.split('-')[0])),
    ...logLine.parse(JSON.parse(fields[1] ?? '')),
  }));
}
