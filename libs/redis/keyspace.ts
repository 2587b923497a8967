/** Builds the names of keys; every key of one agent lies in one hash slot (`{lizzy}:...`), so that a Cluster can serve it. */
export interface Keyspace {
  /** The hash tag with its braces, `{lizzy}`: also BullMQ's prefix. */
  readonly tag: string;
  /** `key('job', id)` is `{lizzy}:job:ID`. */
  key(...parts: readonly string[]): string;
}

/**
 * The keyspace of one agent.
 *
 * @param prefix from `QUEUE_PREFIX`, without braces
 * @throws RangeError when the prefix is empty or would break the hash tag (Redis Cluster specification, "Hash tags")
 */
export function keyspace(prefix: string): Keyspace {
  if (!/^[^{}\s]+$/.test(prefix)) throw new RangeError(`a key prefix has no braces and no white space: "${prefix}"`);
  const tag = `{${prefix}}`;
  return { tag, key: (...parts) => [tag, ...parts].join(':') };
}
