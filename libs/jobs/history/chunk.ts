/**
 * The history is stored in chunks of consecutive positions. A position is a job's place in the order of submission
 * (`submitted`), or of ends (`finished`).
 *
 * An index (`JobKeys.index`) is a hash with one field per chunk: `12` for positions in `submitted`, `f12` in `finished`.
 * The value holds the offsets in the chunk, either as a list of two bytes each (big-endian, unordered), or, from 1,024
 * offsets on, as a bitmap of 2,048 bytes (bit 0 is the lowest of byte 0). So a value that many jobs share costs a bit per
 * job, a value that one job has costs some bytes besides its key, and an intersection reads 2 KiB per chunk at most.
 */
import { type HistoryOrder } from '../redis/keys.js';

/** How many positions a chunk has. */
export const CHUNK_SIZE = 16_384;
/** A bitmap of a chunk, in bytes. */
export const BITMAP_BYTES = CHUNK_SIZE / 8;
/** A job's id in a job table, in bytes. */
const ID_BYTES = 16;
/** An entry of a job table: the job's id (16 bytes) and its time in ms since 1970 (6 bytes, big-endian). */
export const JOB_ENTRY_BYTES = 22;
/** An entry of the submission table: a position in `submitted` (4 bytes, big-endian). */
export const SUBMISSION_ENTRY_BYTES = 4;

/** The chunk of a position. */
export function chunkOf(position: number): number {
  return Math.floor(position / CHUNK_SIZE);
}

/** Prefix of an order's fields in the hash of an index. */
export const FIELD_PREFIX = { submitted: '', finished: 'f' } as const satisfies Record<HistoryOrder, string>;

/** The field of a chunk in the hash of an index. */
export function chunkField(order: HistoryOrder, chunk: number): string {
  return `${FIELD_PREFIX[order]}${chunk}`;
}

/** The 16 bytes of a job's id, a UUID. @throws RangeError */
export function idBytes(id: string): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  if (bytes.length !== ID_BYTES) throw new RangeError(`a job's id is a UUID, not "${id}"`);
  return bytes;
}

/** The id of 16 bytes. */
export function idOf(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * The number of last positions that are read from Redis each time: more than a failover can lose, after which the same positions
 * belong to other jobs.
 */
export const UNSETTLED_POSITIONS = 1_024;

/** Whether all positions of a chunk belong to the same jobs permanently. @param last the last position of the order */
export function isSettledChunk(chunk: number, last: number): boolean {
  return (chunk + 1) * CHUNK_SIZE + UNSETTLED_POSITIONS <= last;
}
