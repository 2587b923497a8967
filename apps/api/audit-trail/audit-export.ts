import { type AuditFilter, type AuditTrail } from '#jobs';
import { csvRecord, type ExportFormat } from '../jobs/history/history-export.js';
import { AUDIT_COLUMNS, type AuditRecordView } from './audit-trail.dto.js';
import { StreamEndedError } from '../jobs/stream-ended.error.js';

/** How many records are read at once, which bounds the memory of an export. */
const BATCH = 500;

/** All records that match as text, the latest first, one chunk per batch. */
export async function* auditChunks(
  trail: AuditTrail,
  { format, filter, signal }: { format: ExportFormat; filter: AuditFilter; signal: AbortSignal },
): AsyncGenerator<string> {
  let head = format === 'csv' ? csvRecord(AUDIT_COLUMNS) : '';
  let before: string | null = null;
  do {
    const page = await trail.page({ filter, before, limit: BATCH });
    yield (
      head + page.items.map((record) => (format === 'csv' ? csvOf(record) : `${JSON.stringify(record)}\n`)).join('')
    );
    head = '';
    before = page.next;
  } while (before !== null && !signal.aborted);
  // Aborted, not ended: the client sees that the download is incomplete.
  if (before !== null) throw new StreamEndedError('stopping');
}

function csvOf(record: AuditRecordView): string {
  return csvRecord(AUDIT_COLUMNS.map((column) => (record[column] === null ? null : String(record[column]))));
}
