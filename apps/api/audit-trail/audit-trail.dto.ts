import { AUDIT_ID_PATTERN, auditAction, type AuditFilter, auditOutcome } from '#jobs';
import { z } from 'zod';
import { queryText, queryTime, queryValues } from '../jobs/history/history-query.dto.js';
import { queryInteger } from '../jobs/job-query.dto.js';

const PAGE_LIMIT = 200;
const PAGE_DEFAULT = 50;

const filters = {
  user: queryValues(queryText, 'The `uid` of the token.'),
  action: queryValues(auditAction, 'What was done.'),
  outcome: queryValues(auditOutcome, 'How it ended.'),
  stack_name: queryValues(queryText, 'The name of the stack, without its version.'),
  stack_version: queryValues(queryText, 'The version of the stack.'),
  job_id: queryValues(queryText, 'The job.'),
  address: queryValues(queryText, 'The IP address of the client.'),
  since: queryTime.optional().meta({ description: 'Records of this time or later.' }),
  until: queryTime.optional().meta({ description: 'Records earlier than this time.' }),
};

/** The query of `GET /api/audit`. */
export const auditQuery = z.strictObject({
  ...filters,
  limit: queryInteger({ min: 1, max: PAGE_LIMIT })
    .default(PAGE_DEFAULT)
    .meta({ description: 'How many records at most.' }),
  cursor: z
    .string()
    .regex(AUDIT_ID_PATTERN, 'must be a next_cursor of this API')
    .optional()
    .meta({ description: 'The `next_cursor` of the page before.' }),
});
export type AuditQuery = z.output<typeof auditQuery>;

/** The filter of a query: only the given fields. */
export function auditFilter({ limit: _limit, cursor: _cursor, ...filter }: AuditQuery): AuditFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

const name = z.string().nullable();

/** A record of the audit trail. */
const auditRecordSchema = z
  .object({
    id: z.string().meta({ description: 'The ID of the record; later records have greater IDs.' }),
    time: z.iso.datetime().meta({ description: 'UTC, with milliseconds.' }),
    process: z.string().meta({ description: '`api` or `worker`.' }),
    action: z.string().meta({ description: auditAction.options.map((each) => `\`${each}\``).join(', ') }),
    outcome: z.string().meta({
      description:
        '`allowed`; `denied`: the caller may not do it; `rejected`: the request is wrong, or a limit or the state of the job ' +
        'forbids it; of a job: `started`, `succeeded`, `failed`, `cancelled`, `superseded`.',
    }),
    reason: name.meta({ description: 'The code of the denial, the problem or the error.' }),
    user: name.meta({ description: 'The `uid` of the token; of a job, its submitter.' }),
    realm: name.meta({ description: 'The realm of the token.' }),
    client: name.meta({ description: 'The OAuth2 client of the token.' }),
    address: name.meta({ description: 'The IP address of the client.' }),
    kind: name.meta({ description: 'The kind of the job.' }),
    stack_name: name,
    stack_version: name,
    region: name,
    job_id: name,
    request_id: name.meta({ description: '`X-Request-Id` of the request.' }),
    count: z.int().meta({ description: 'How many equal decisions of one minute the record represents.' }),
  })
  .meta({ id: 'AuditRecord', description: 'A decision or action. It contains no values of requests.' });
export type AuditRecordView = z.output<typeof auditRecordSchema>;

/** The columns of a CSV export, in their order. */
export const AUDIT_COLUMNS = auditRecordSchema.keyof().options;

/** A page of the audit trail. */
export const auditPageSchema = z
  .object({
    items: z.array(auditRecordSchema),
    next_cursor: z
      .string()
      .nullable()
      .meta({
        description:
          'Pass it as `cursor` to get the next page; null on the last page. A page can have fewer records than `limit`, even none, ' +
          'though there is a next one.',
      }),
  })
  .meta({ id: 'AuditPage', description: 'A page of the audit trail, newest first.' });
export type AuditPageView = z.output<typeof auditPageSchema>;
