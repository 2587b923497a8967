import { z } from 'zod';
import { LOG_CURSOR_PATTERN } from '#jobs';

const place = z.tuple([z.literal(1), z.int().min(0)]);

/** Makes an opaque cursor of a place in the order of submission: letters, digits, `_` and `-`. */
export function encodeCursor(seq: number): string {
  return Buffer.from(JSON.stringify([1, seq])).toString('base64url');
}

/** A cursor in a query; parsed, it is the place that the next page begins behind. */
export const historyCursor = z
  .string()
  .transform((text, context) => {
    try {
      return place.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))[1];
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a next_cursor of this API' });
      return z.NEVER;
    }
  })
  .meta({ description: 'The `next_cursor` of the page before.' });

/** A whole number in a query: decimal digits, nothing else that JavaScript would take for a number. */
export function queryInteger({ min, max }: { min: number; max: number }): z.ZodType<number> {
  return z.preprocess(
    (text) => (typeof text === 'string' && /^[0-9]{1,9}$/.test(text) ? Number(text) : text),
    z.int(`must be a whole number from ${min} to ${max}`).min(min).max(max),
  );
}

/** Shorter than the idle timeout of usual load balancers (60 s). */
const WAIT_SECONDS_LIMIT = 55;
const PAGE_LIMIT = 200;
const PAGE_DEFAULT = 50;
const LOG_LIMIT = 10_000;
const LOG_DEFAULT = 1_000;

/** The query of `GET /api/jobs/{id}`. */
export const jobQuery = z.strictObject({
  wait: queryInteger({ min: 0, max: WAIT_SECONDS_LIMIT })
    .default(0)
    .meta({
      description: 'Seconds to wait for the end of the job; the answer comes as soon as it has ended.',
      examples: [30],
    }),
});
export type JobQuery = z.output<typeof jobQuery>;

/** The query of `GET /api/jobs`. */
export const historyQuery = z.strictObject({
  limit: queryInteger({ min: 1, max: PAGE_LIMIT })
    .default(PAGE_DEFAULT)
    .meta({ description: 'How many jobs at most.' }),
  cursor: historyCursor.optional(),
});
export type HistoryQuery = z.output<typeof historyQuery>;

/** The query of `GET /api/jobs/{id}/log`. */
export const logQuery = z.strictObject({
  after: z
    .string()
    .regex(LOG_CURSOR_PATTERN, 'must be the cursor of a line of this log')
    .optional()
    .meta({ description: 'The cursor of the last line that is known already.', examples: ['1763836306123-0'] }),
  limit: queryInteger({ min: 1, max: LOG_LIMIT }).default(LOG_DEFAULT).meta({ description: 'How many lines at most.' }),
});
export type LogQuery = z.output<typeof logQuery>;

/** The body of `POST /api/jobs/{id}/cancel`; it may be missing. */
export const cancelBody = z
  .strictObject({
    delete_stack: z.boolean().nullish().meta({ description: 'Remove the stack that the job itself has created.' }),
  })
  .nullish()
  .transform((body) => ({ delete_stack: body?.delete_stack ?? false }));
export type CancelBody = z.output<typeof cancelBody>;

/** The body of a call that takes none. */
export const noBody = z.strictObject({}).nullish();
