import { type Redis } from '#redis';
import { type JobKeys } from '../redis/keys.js';
import { CHUNK_SIZE, chunkOf, SUBMISSION_ENTRY_BYTES } from './chunk.js';

/** How many chunks are read from Redis at once, 64 KiB each. */
const BATCH = 8;

/**
 * The positions in the order of ends, by the position in the order of submission: the inverse of the `SubmissionTable`, which
 * only grows. It is kept in memory, 4 bytes per job of the history, and each query adds the ends since the last one.
 */
export class EndTable {
  private readonly chunks = new Map<number, Uint32Array>();
  /** Ends up to this position are in `chunks`. */
  private known = 0;
  private extending: Promise<void> = Promise.resolve();

  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** The positions of one chunk; 0 where a job has not finished. @param last the last position in the order of ends */
  async chunk(chunk: number, last: number): Promise<Uint32Array> {
    const extended = this.extending.catch(() => undefined).then(async () => this.extend(last));
    this.extending = extended;
    await extended;
    return this.chunks.get(chunk) ?? new Uint32Array(CHUNK_SIZE);
  }

  private async extend(last: number): Promise<void> {
    if (last <= this.known && !(await this.isLost(last))) return;
    if (this.known === 0 || chunkOf(last) > chunkOf(this.known)) await this.dropOldChunks();
    while (this.known < last) {
      const ranges = Array.from({ length: BATCH }, (_, index) => rangeOf(this.known, index)).filter(
        ({ low }) => low <= last,
      );
      const prefix = this.keys.submissionTable;
      const tables = ranges.map(({ low, high }) =>
        this.redis.getrangeBuffer(
          `${prefix}${chunkOf(low)}`,
          (low % CHUNK_SIZE) * SUBMISSION_ENTRY_BYTES,
          ((high % CHUNK_SIZE) + 1) * SUBMISSION_ENTRY_BYTES - 1,
        ),
      );
      for (const [index, entries] of (await Promise.all(tables)).entries()) this.add(ranges[index]?.low ?? 0, entries);
      this.known = Math.min(last, ranges.at(-1)?.high ?? last);
    }
  }

  /** @param first the position of the first entry in the order of ends */
  private add(first: number, entries: Buffer): void {
    const count = Math.floor(entries.length / SUBMISSION_ENTRY_BYTES);
    for (let index = 0; index < count; index += 1) {
      const position = entries.readUInt32BE(index * SUBMISSION_ENTRY_BYTES);
      const chunk = chunkOf(position);
      let ends = this.chunks.get(chunk);
      if (ends === undefined) this.chunks.set(chunk, (ends = new Uint32Array(CHUNK_SIZE)));
      ends[position % CHUNK_SIZE] = first + index;
    }
  }

  /** Drops cached chunks of removed jobs, and begins with the first chunk of ends that has any. */
  private async dropOldChunks(): Promise<void> {
    const fields = await this.redis.hkeys(this.keys.index('all'));
    const chunksOf = (prefix: RegExp): number[] =>
      fields.filter((field) => prefix.test(field)).map((field) => Number(field.replace('f', '')));
    const firstSubmitted = Math.min(...chunksOf(/^\d/));
    const firstFinished = Math.min(...chunksOf(/^f/));
    for (const chunk of this.chunks.keys()) if (chunk < firstSubmitted) this.chunks.delete(chunk);
    if (Number.isFinite(firstFinished)) this.known = Math.max(this.known, firstFinished * CHUNK_SIZE - 1, 0);
  }

  /** Whether Redis was restored to an earlier state; then everything is read again. */
  private async isLost(last: number): Promise<boolean> {
    if (last === this.known) return false;
    // A query that began earlier knows fewer ends.
    if (Number((await this.redis.get(this.keys.position('finished'))) ?? 0) >= this.known) return false;
    this.chunks.clear();
    this.known = 0;
    return true;
  }
}

/** The positions after `known` that are in the chunk number `index` from there. */
function rangeOf(known: number, index: number): { low: number; high: number } {
  const chunk = chunkOf(known + 1) + index;
  return { low: Math.max(known + 1, chunk * CHUNK_SIZE), high: (chunk + 1) * CHUNK_SIZE - 1 };
}
