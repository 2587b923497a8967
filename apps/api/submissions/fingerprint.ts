import { createHash } from 'node:crypto';

/** A digest of JSON data (a property that is undefined counts as missing) that does not depend on the order of its properties. */
export function fingerprint(data: unknown): string {
  return createHash('sha256').update(canonical(data)).digest('base64url');
}

function canonical(data: unknown): string {
  if (Array.isArray(data)) return `[${data.map(canonical).join(',')}]`;
  if (typeof data !== 'object' || data === null) return JSON.stringify(data);
  const entries = Object.entries(data).filter(([, value]) => value !== undefined);
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, value]) => `${JSON.stringify(name)}:${canonical(value)}`).join(',')}}`;
}
