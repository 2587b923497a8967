import { z } from 'zod';
import { type StepContext } from '../engine/step-context.js';
import { readDeployment } from './read-deployment.js';

const withDefinition = z.object({ senza_yaml: z.string(), parameters: z.array(z.string()) });

/**
 * A function that masks the values of the job's NoEcho parameters. CloudFormation quotes properties of resources in its reasons,
 * and a definition can render a secret into one. Masks nothing in jobs without a definition.
 */
export async function secretsMask(context: StepContext<unknown>): Promise<(text: string) => string> {
  const { job, payload, stack, services } = context;
  const parsed = withDefinition.safeParse(payload);
  if (!parsed.success) return (text) => text;
  return await context.masking((await readDeployment({ job, payload: parsed.data, stack, services })).secrets);
}
