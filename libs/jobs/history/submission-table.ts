import { type Redis } from '#redis';
import { type JobKeys } from '../redis/keys.js';
import { CHUNK_SIZE, isSettledChunk, SUBMISSION_ENTRY_BYTES, UNSETTLED_POSITIONS } from './chunk.js';

/** How many settled chunks are kept in memory, 64 KiB each. */
const CACHED_CHUNKS = 128;

/**
 * The positions in the order of submission, by the position in the order of ends. They never change once they are settled, so
 * that such chunks are kept in memory, until Redis is restored to an earlier state.
 */
export class SubmissionTable {
  private readonly cache = new Map<number, Uint32Array>();
  /** The last position of the order of ends that is known. */
  private latest = 0;

  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** The positions of one chunk; 0 where no job has finished. @param last the last position in the order of ends */
  async chunk(chunk: number, last: number): Promise<Uint32Array> {
    // A page that began earlier knows fewer positions. A Redis that has lost no more than this still has all settled ones.
    const isRestored = last + UNSETTLED_POSITIONS < this.latest;
    if (isRestored) this.cache.clear();
    this.latest = isRestored ? last : Math.max(this.latest, last);
    const cached = this.cache.get(chunk);
    if (cached !== undefined) return cached;
    const bytes = await this.redis.getBuffer(`${this.keys.submissionTable}${chunk}`);
    const positions = new Uint32Array(CHUNK_SIZE);
    const count = Math.floor((bytes?.length ?? 0) / SUBMISSION_ENTRY_BYTES);
    for (let offset = 0; offset < count; offset += 1)
      positions[offset] = bytes?.readUInt32BE(offset * SUBMISSION_ENTRY_BYTES) ?? 0;
    if (isSettledChunk(chunk, last)) this.remember(chunk, positions);
    return positions;
  }

  private remember(chunk: number, positions: Uint32Array): void {
    const [oldest] = this.cache.keys();
    if (this.cache.size >= CACHED_CHUNKS && oldest !== undefined) this.cache.delete(oldest);
    this.cache.set(chunk, positions);
  }
}
