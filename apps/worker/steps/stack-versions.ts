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

/** All versions of the job's application that stand in any state, by a listing as young as this step. */
export async function versionsOf(context: StepContext<unknown>): Promise<StackVersion[]> {
  const { services, stack, startedAt, signal } = context;
  const { stacks } = await services.listing.get(
    stack.region,
    { maxAgeMs: services.pollMs / 2, notBefore: startedAt },
    signal,
  );
  return stacks.flatMap((each) => {
    const split = splitStackName(each.name);
    return split?.name === stack.name ? [{ ...each, version: split.version }] : [];
  });
}
