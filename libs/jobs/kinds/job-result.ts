import { z } from 'zod';
import { isJobKind, JOB_KINDS } from './index.js';
import { trafficResult } from './step-results.js';

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
  const shape: Readonly<Record<string, z.ZodType>> = JOB_KINDS[kind].result.shape;
  const members = Object.entries(withOneTraffic(stored)).filter(
    ([name, value]) => shape[name]?.safeParse(value).success,
  );
  return jobResult.parse({ ...Object.fromEntries(members), kind });
}

/** A rollback has several traffic steps, `traffic`, `traffic_2`...: their first weights and their last ones count. */
function withOneTraffic(stored: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const steps = Object.entries(stored).flatMap(([name, value]) => {
    const step = /^traffic(_\d+)?$/.test(name) ? trafficResult.safeParse(value).data : undefined;
    return step === undefined ? [] : [step];
  });
  const [first, last] = [steps.at(0), steps.at(-1)];
  if (first === undefined || last === undefined || steps.length === 1) return stored;
  const before = new Map(first.domains.map(({ domain, weights_before: weights }) => [domain, weights]));
  const domains = last.domains.map((each) => {
    return { ...each, weights_before: before.get(each.domain) ?? each.weights_before };
  });
  const changed = steps.some((step) => step.changed);
  return { ...stored, traffic: { ...last, weights_before: first.weights_before, domains, changed } };
}
