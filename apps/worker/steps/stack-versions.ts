import { type StackSummary } from '#aws';
import { type StepContext } from '../engine/step-context.js';

/** A stack as one version of an application. */
export interface StackVersion extends StackSummary {
  readonly version: string;
}

/** The name and the version of a stack: Senza splits at the last hyphen (senza/aws.py, `get_stacks`). */
export function splitStackName(stack: string): { name: string; version: string } | null {
  const hyphen = stack.lastIndexOf('-');
  return hyphen < 0 ? null : { name: stack.slice(0, hyphen), version: stack.slice(hyphen + 1) };
}

/**
 * All versions of the job's application in any state, by a listing not older than this step. AWS lists a new stack some
 * seconds late: the job's own is looked up by its name when it is not listed.
 */
export async function versionsOf(context: StepContext<unknown>): Promise<StackVersion[]> {
  const { services, stack, signal } = context;
  const versions = (await listedStacks(context)).flatMap((each) => {
    const split = splitStackName(each.name);
    return split?.name === stack.name ? [{ ...each, version: split.version }] : [];
  });
  if (versions.some(({ name }) => name === stack.id)) return versions;
  const own = await services.aws.stackByName(stack.region, stack.id, signal);
  return own === null ? versions : [...versions, { ...own, version: stack.version }];
}

/** All stacks of the region, by a listing not older than this step. */
export async function listedStacks({
  services,
  stack,
  startedAt,
  signal,
}: StepContext<unknown>): Promise<readonly StackSummary[]> {
  const wanted = { maxAgeMs: services.pollMs / 2, minStartedAt: startedAt };
  return (await services.listing.get(stack.region, wanted, signal)).stacks;
}
