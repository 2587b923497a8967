import { redactCredentials } from '#telemetry';
import { z } from 'zod';

const plain = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullable();

/** The request of a job, by the names of its fields. */
export const jobRequestSchema = z.record(z.string(), plain).meta({
  id: 'JobRequest',
  description:
    'The request with its defaults; without the definition (`links.definition`) and `source`. The values of ' +
    'parameters with `NoEcho` are `****`. Null in lists, and 7 days after the job has finished.',
});
export type JobRequestView = z.output<typeof jobRequestSchema>;

/** Fields of a payload that are not shown: the definition is long, and the others are shown elsewhere or not the caller's. */
const LEFT_OUT: readonly string[] = ['senza_yaml', 'source', 'undoes', 'target', 'records'];
const MASK = '****';

/**
 * Shows the request of a job.
 * @param payload as it is stored; null when it is no longer kept
 * @param secretParameters the positions of the parameters to mask; null: unknown, all of them are masked
 */
export function shownRequest(payload: unknown, secretParameters: readonly number[] | null): JobRequestView | null {
  const fields = z.record(z.string(), z.unknown()).safeParse(payload).data;
  if (fields === undefined) return null;
  const shown: JobRequestView = {};
  for (const [name, stored] of Object.entries(fields)) {
    const value = plain.safeParse(stored).data;
    if (value === undefined || LEFT_OUT.includes(name)) continue;
    shown[name] =
      name === 'parameters' && Array.isArray(value) ? value.map((each, index) => masked(each, index)) : redacted(value);
  }
  return shown;

  function masked(parameter: string, index: number): string {
    if (secretParameters?.includes(index) === false) return redactCredentials(parameter);
    const separator = parameter.indexOf('=');
    return separator === -1 ? MASK : `${parameter.slice(0, separator)}=${MASK}`;
  }
}

function redacted(value: JobRequestView[string]): JobRequestView[string] {
  if (typeof value === 'string') return redactCredentials(value);
  return Array.isArray(value) ? value.map(redactCredentials) : value;
}
