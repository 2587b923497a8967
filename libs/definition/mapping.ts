/** A mapping of a YAML text; its keys need not be strings. */
export type Mapping = ReadonlyMap<unknown, unknown>;

/** The value when it is a mapping. */
export function toMapping(value: unknown): Mapping | undefined {
  return value instanceof Map ? value : undefined;
}
