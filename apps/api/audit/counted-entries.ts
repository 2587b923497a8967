import { type AuditEntry } from '#jobs';

/** How many different entries are counted between two flushes; further ones are counted by action and reason only. */
const ENTRIES_LIMIT = 1_000;

/** The audit record of a request, without its count. */
export type RequestEntry = Omit<AuditEntry, 'count'>;

/**
 * Bounds what requests without an effect can add to the audit trail: the first of equal entries is written at once, the
 * others as one entry with their number, at each `flush`. The ID of the request makes no difference.
 */
export class CountedEntries {
  private readonly counts = new Map<string, { readonly entry: RequestEntry; more: number }>();

  constructor(private readonly write: (entry: AuditEntry) => void) {}

  add(given: RequestEntry): void {
    const exact = keyOf(given);
    const isFull = !this.counts.has(exact) && this.counts.size >= ENTRIES_LIMIT;
    const entry = isFull ? withoutDetails(given) : given;
    const key = isFull ? keyOf(entry) : exact;
    const counted = this.counts.get(key);
    if (counted !== undefined) {
      counted.more += 1;
      return;
    }
    this.counts.set(key, { entry, more: 0 });
    this.write({ ...entry, count: 1 });
  }

  /** Writes what was counted since the last call. */
  flush(): void {
    const counted = [...this.counts.values()];
    this.counts.clear();
    for (const { entry, more } of counted) if (more > 0) this.write({ ...entry, request_id: null, count: more });
  }
}

function keyOf({ request_id: _requestId, ...entry }: RequestEntry): string {
  return JSON.stringify(Object.values(entry));
}

function withoutDetails({ process, action, outcome, reason }: RequestEntry): RequestEntry {
  return {
    process,
    action,
    outcome,
    reason,
    user: null,
    realm: null,
    client: null,
    address: null,
    kind: null,
    stack_name: null,
    stack_version: null,
    region: null,
    job_id: null,
    request_id: null,
  };
}
