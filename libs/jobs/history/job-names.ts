import { type Redis } from '#redis';
import { type JobKeys } from '../redis/keys.js';
import { containsPiece } from './filter.js';

/** How many names are read at once. */
const BATCH = 1_000;
/** How many names a piece may match: each has an index that the query reads. */
const NAMES_LIMIT = 100;

/** A piece of a name that is in too many names. */
export class TooManyNamesError extends Error {
  override readonly name = 'TooManyNamesError';

  constructor(readonly limit: number) {
    super(`the piece matches more than ${limit} stack names`);
  }
}

/** The stack names of the jobs in the history: a sorted set, from which a name goes with its last job. */
export class JobNames {
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** The names that contain a piece, in upper or lower case. @throws TooManyNamesError */
  async containing(piece: string): Promise<string[]> {
    const found: string[] = [];
    let from = '-';
    for (;;) {
      const names = await this.redis.zrangebylex(this.keys.stackNames, from, '+', 'LIMIT', 0, BATCH);
      found.push(...names.filter((name) => containsPiece(name, piece)));
      if (found.length > NAMES_LIMIT) throw new TooManyNamesError(NAMES_LIMIT);
      if (names.length < BATCH) return found;
      from = `(${names.at(-1) ?? ''}`;
    }
  }
}
