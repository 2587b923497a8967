import { LRUCache } from 'lru-cache';
import { type HistoryOrder } from '../redis/keys.js';
import { type Container } from './bitmap.js';
import { BITMAP_BYTES, chunkField, CHUNK_SIZE, isSettledChunk } from './chunk.js';

/** How much memory the containers may need, in bytes: both orders of a million jobs, but for versions and commits. */
const MAX_BYTES = 24 * 1024 * 1024;
/** What the cache itself needs for a container, in bytes, with its key. */
const ENTRY_BYTES = 250;

/** How far the history reaches at one moment, and what of it can change. */
export interface HistorySnapshot {
  /** The last position of each order. */
  readonly last: Readonly<Record<HistoryOrder, number>>;
  /** The first position in `submitted` whose job has not finished; Infinity when all have. */
  readonly firstUnfinished: number;
  /** How many jobs of a chunk retention has dropped, by `chunkField`. */
  readonly dropped: ReadonlyMap<string, string>;
}

/**
 * The container of one chunk in an index, or in an intersection of indexes, which changes when one of them does.
 * `changesUntilEnd`: an index of statuses, from which running jobs move on.
 */
export interface ContainerRef {
  readonly key: string;
  readonly changesUntilEnd: boolean;
  readonly order: HistoryOrder;
  readonly chunk: number;
}

interface Entry {
  readonly container: Container;
  /** `HistorySnapshot.dropped` of its chunk. */
  readonly dropped: string | undefined;
}
type Entries = LRUCache<string, Entry>;

/**
 * The containers of chunks in which nothing changes any more, except that retention drops jobs; those are used until
 * retention reaches their chunk. So a page, and the count beside it, read only the latest chunks from Redis.
 */
export class ContainerCache {
  private entries = newEntries();
  private latest: HistorySnapshot['last'] = { submitted: 0, finished: 0 };

  /** What is cached of the history in this state. A Redis that was restored to an earlier state starts with an empty cache. */
  at(snapshot: HistorySnapshot): SettledContainers {
    const { last } = snapshot;
    if (last.submitted < this.latest.submitted || last.finished < this.latest.finished) this.entries = newEntries();
    this.latest = last;
    return new SettledContainers(this.entries, snapshot);
  }
}

/** The cache as one query uses it. */
export class SettledContainers {
  constructor(
    private readonly entries: Entries,
    private readonly snapshot: HistorySnapshot,
  ) {}

  /** The container in this field of an index, if it is known. */
  get(key: string, field: string): Container | undefined {
    const entry = this.entries.get(`${key} ${field}`);
    return entry !== undefined && entry.dropped === this.snapshot.dropped.get(field) ? entry.container : undefined;
  }

  /** Keeps a container that was read after the snapshot, or computed from such containers, if it does not change any more. */
  set(ref: ContainerRef, container: Container): void {
    if (!this.isSettled(ref)) return;
    const field = chunkField(ref.order, ref.chunk);
    this.entries.set(`${ref.key} ${field}`, { container, dropped: this.snapshot.dropped.get(field) });
  }

  /** Whether a container does not change any more, but for retention. */
  isSettled({ order, chunk, changesUntilEnd }: ContainerRef): boolean {
    const { last, firstUnfinished } = this.snapshot;
    const isUnfinished = (chunk + 1) * CHUNK_SIZE > firstUnfinished;
    if (order === 'submitted' && changesUntilEnd && isUnfinished) return false;
    return isSettledChunk(chunk, last[order]);
  }
}

function newEntries(): Entries {
  return new LRUCache({ maxSize: MAX_BYTES, sizeCalculation: ({ container }) => ENTRY_BYTES + bytesOf(container) });
}

function bytesOf(container: Container): number {
  return container instanceof Uint16Array ? container.byteLength : BITMAP_BYTES;
}
