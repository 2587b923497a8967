import { z } from 'zod';
import { isJobKind, JOB_KINDS } from './index.js';

const [first, ...others] = Object.values(JOB_KINDS).map(({ result }) => result);
if (first === undefined) throw new TypeError('there is no job kind');

/** The result of a job: one schema for each kind. */
export const jobResult = z.discriminatedUnion('kind', [first, ...others]).meta({
  discriminator: {
    propertyName: 'kind',
    mapping: Object.fromEntries(
      Object.entries(JOB_KINDS).map(([kind, { result }]) => [
        kind,
        `#/components/schemas/${String(result.meta()?.id)}`,
      ]),
    ),
  },
});
export type JobResult = z.output<typeof jobResult>;

/**
 * Reads the stored result of a job: what its steps have reported, by their names. Members that this version does not know,
 * and kinds of a later version, are left out.
 */
export function jobResultOf(kind: string, stored: Readonly<Record<string, unknown>> | null): JobResult | null {
  if (stored === null || !isJobKind(kind)) return null;
  const whole = jobResult.safeParse({ ...stored, kind });
  if (whole.success) return whole.data;
  const shape: Readonly<Record<string, z.ZodType>> = JOB_KINDS[kind].result.shape;
  const members = Object.entries(stored).filter(([name, value]) => shape[name]?.safeParse(value).success);
  return jobResult.parse({ ...Object.fromEntries(members), kind });
}
