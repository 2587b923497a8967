import { z } from 'zod';
import { EVENT_ID_PATTERN } from '#jobs';

/** A whole number in a query: decimal digits, nothing else that JavaScript would accept as a number. */
export function queryInteger({ min, max }: { min: number; max: number }): z.ZodType<number> {
  return z.preprocess(
    (text) => (typeof text === 'string' && /^[0-9]{1,9}$/.test(text) ? Number(text) : text),
    z.int(`must be a whole number from ${min} to ${max}`).min(min).max(max),
  );
}

/** Shorter than the idle timeout of usual load balancers (60 s). */
const WAIT_SECONDS_LIMIT = 55;
const LOG_LIMIT = 10_000;
const LOG_DEFAULT = 1_000;

/** The query of `GET /api/jobs/{id}`. */
export const jobQuery = z.strictObject({
  wait: queryInteger({ min: 0, max: WAIT_SECONDS_LIMIT })
    .default(0)
    .meta({
      description: 'Seconds to wait for the end of the job; the response comes as soon as it has finished.',
      examples: [30],
    }),
});
export type JobQuery = z.output<typeof jobQuery>;

/** The query of `GET /api/jobs/{id}/log`. */
export const logQuery = z.strictObject({
  after: z
    .string()
    .regex(EVENT_ID_PATTERN, 'must be the cursor of a line of this log')
    .transform(Number)
    .default(0)
    .meta({ description: 'The cursor of the last line that is known already.', examples: ['17'] }),
  follow: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .meta({ description: 'Stream the log until the job has finished; `limit` does not count.' }),
  limit: queryInteger({ min: 1, max: LOG_LIMIT }).default(LOG_DEFAULT).meta({ description: 'How many lines at most.' }),
});
export type LogQuery = z.output<typeof logQuery>;

/** The body of `POST /api/jobs/{id}/cancel`; it can be missing. */
export const cancelBody = z
  .strictObject({
    delete_stack: z.boolean().nullish().meta({ description: 'Delete the stack that the job itself has created.' }),
  })
  .meta({ id: 'Cancellation', description: 'How to cancel a job.' })
  .nullish()
  .transform((body) => ({ delete_stack: body?.delete_stack ?? false }));
export type CancelBody = z.output<typeof cancelBody>;

/** The body of a call that accepts none. */
export const emptyBody = z.strictObject({}).nullish();
