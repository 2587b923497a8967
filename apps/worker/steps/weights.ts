import { type DomainWeights } from '#aws';
import { z } from 'zod';
import { type StepContext } from '../engine/step-context.js';
import { type StackVersion } from './stack-versions.js';

/** Percentages of the traffic by stack, `{"hello-v1": 30, "hello-v2": 70}`. */
export const weightsSchema = z.record(z.string(), z.number());
export type Weights = z.infer<typeof weightsSchema>;

/** What the application's stacks get of the traffic now; null when the job's own stack has no domain. */
export async function currentWeights(
  context: StepContext<unknown>,
  versions: readonly StackVersion[],
): Promise<Weights | null> {
  const { services, stack, signal } = context;
  // What Senza looks at (senza/traffic.py, `get_stack_versions`): stacks that failed to be created have no say.
  const counting = versions.filter(({ status }) => status !== 'ROLLBACK_COMPLETE' && status !== 'CREATE_FAILED');
  const domains = await services.aws.weights(
    stack.region,
    counting.map(({ name }) => name),
    signal,
  );
  const own = domains.find(({ owners }) => owners.includes(stack.id));
  if (own === undefined) return null;
  const weights: Weights = {};
  for (const { name } of counting) weights[name] = 0;
  for (const [identifier, weight] of own.weights) weights[identifier] = weight;
  return weights;
}

/** All percentages together. */
export function sumWeights(weights: Weights): number {
  return Object.values(weights).reduce((sum, weight) => sum + weight, 0);
}

/** The shares in words. */
export function formatWeights(weights: Weights): string {
  return Object.entries(weights)
    .map(([stack, weight]) => `${stack} ${weight} %`)
    .join(', ');
}

/** Which stacks get traffic of any of the domains that these stacks have. */
export function stacksWithTraffic(domains: readonly DomainWeights[]): ReadonlySet<string> {
  return new Set(
    domains.flatMap(({ weights }) => [...weights].filter(([, weight]) => weight > 0).map(([stack]) => stack)),
  );
}

/** Whether what stands is what Senza announced; a stack without a record has no weight. */
export function sameWeights(announced: Weights, standing: Weights): boolean {
  const stacks = new Set([...Object.keys(announced), ...Object.keys(standing)]);
  return [...stacks].every((stack) => (announced[stack] ?? 0) === (standing[stack] ?? 0));
}
