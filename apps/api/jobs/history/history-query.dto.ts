import { regionSchema } from '#formats';
import { type HistoryFilter, type HistoryOrder, jobKind, jobStatus } from '#jobs';
import { z } from 'zod';
import { queryInteger } from '../job-query.dto.js';

const PAGE_LIMIT = 200;
const PAGE_DEFAULT = 50;
/** How many values one filter may have. */
const VALUES_LIMIT = 100;
/** How long a value may be, in characters. */
const VALUE_LENGTH_LIMIT = 256;

/** The values of `sort`, and their orders of the history; both show the latest first. */
const ORDERS = { created_at: 'submitted', finished_at: 'finished' } as const satisfies Record<string, HistoryOrder>;
const sort = z.enum(['created_at', 'finished_at']);

/** Several values: a parameter that is repeated, separated by commas, or both. */
export function queryValues(value: z.ZodType<string>, description: string): z.ZodOptional<z.ZodType<string[]>> {
  return z
    .preprocess(
      (given) => [given].flat().flatMap((each: unknown) => (typeof each === 'string' ? each.split(',') : [each])),
      z.array(value).min(1).max(VALUES_LIMIT),
    )
    .optional()
    .meta({ description: `${description} Several values: repeat the parameter, or separate them by commas.` });
}

/** A value of a filter. */
export const queryText = z.string().min(1, 'must not be empty').max(VALUE_LENGTH_LIMIT);
const TIME_RULE = 'must be a time like 2026-11-22T18:31:46Z (in a URL, + is %2B), or a date like 2026-11-22 (UTC)';
/** A time of a filter, in ms since 1970. */
export const queryTime = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], TIME_RULE)
  .transform((given) => Date.parse(given));

const filters = {
  status: queryValues(jobStatus, 'The status of the job.'),
  kind: queryValues(jobKind, 'The kind of the job.'),
  stack_name: queryValues(queryText, 'The name of the stack, without its version.'),
  stack_name_contains: queryText.optional().meta({
    description: "A part of the stack's name; upper and lower case are equal. At most 100 stack names can match.",
  }),
  stack_version: queryValues(queryText, 'The version of the stack.'),
  region: queryValues(regionSchema, 'The AWS region.'),
  requested_by: queryValues(queryText, 'The user who submitted the job.'),
  commit: queryValues(queryText, 'The commit that was submitted as `source.commit`, as it was given there.'),
  created_after: queryTime.optional().meta({ description: 'Jobs that were submitted at this time or later.' }),
  created_before: queryTime.optional().meta({ description: 'Jobs that were submitted earlier than this time.' }),
  finished_after: queryTime.optional().meta({ description: 'Jobs that finished at this time or later.' }),
};

/** The filters of the event stream of all jobs: those of the history. */
export const feedFilter = z.strictObject(filters);

/** The filter of a query: only the given fields. */
export function filterOf(query: Partial<z.output<z.ZodObject<typeof filters>>>): HistoryFilter {
  const names = Object.keys(filters);
  return Object.fromEntries(
    Object.entries(query).filter(([name, value]) => names.includes(name) && value !== undefined),
  );
}

const place = z.tuple([z.literal(2), z.enum(['submitted', 'finished']), z.int().min(0)]);
type Place = z.output<typeof place>;

/** Encodes an opaque cursor from a position in one order of the history: letters, digits, `_` and `-`. */
export function encodeCursor(order: HistoryOrder, position: number): string {
  return Buffer.from(JSON.stringify([2, order, position] satisfies Place)).toString('base64url');
}

const cursor = z
  .string()
  .transform((given, context) => {
    try {
      return place.parse(JSON.parse(Buffer.from(given, 'base64url').toString('utf8')));
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a next_cursor of this API' });
      return z.NEVER;
    }
  })
  .meta({ description: 'The `next_cursor` of the page before.' });

/** The query of `GET /api/jobs`; parsed, `page` is the query of the history. */
export const historyQuery = z
  .strictObject({
    ...filters,
    sort: sort.default('created_at').meta({
      description:
        '`created_at`: the latest submission first. `finished_at`: the latest end first, finished jobs only.',
    }),
    limit: queryInteger({ min: 1, max: PAGE_LIMIT })
      .default(PAGE_DEFAULT)
      .meta({ description: 'How many jobs at most.' }),
    cursor: cursor.optional(),
  })
  .refine((query) => query.cursor === undefined || query.cursor[1] === ORDERS[query.sort], {
    path: ['cursor'],
    message: 'must be a next_cursor of a page with the same sort',
  });
export type HistoryQuery = z.output<typeof historyQuery>;

/** The query of the history. */
export function historyPage({ sort: by, limit, cursor: after, ...query }: HistoryQuery): {
  filter: HistoryFilter;
  order: HistoryOrder;
  limit: number;
  before: number | null;
} {
  return { filter: filterOf(query), order: ORDERS[by], limit, before: after?.[2] ?? null };
}
