import { type Stack } from '#aws';
import { type Deployment } from '#definition';
import { JobFailedError } from '#jobs';
import { z } from 'zod';
import { type StepContext } from '../engine/step-context.js';

/** What a deployment does when its stack exists and was not created by it; absent in Lizzy 2's calls. */
export type IfExists = 'fail' | 'retry_failed' | 'accept';

/** The job of this agent that created the stack; null when none did. */
export function createdByJob({ tags }: Pick<Stack, 'tags'>): string | null {
  return tags['LizzyJobId'] ?? null;
}

/** The failure of a job that finds a foreign stack under its stack name. */
export function stackExists(found: Stack, ifExists?: string, why?: string): JobFailedError {
  const { name, status } = found;
  const job = createdByJob(found);
  const details = { stack: name, stack_status: status, created_by_job: job, ...(ifExists && { if_exists: ifExists }) };
  if (ifExists === undefined) {
    return new JobFailedError('stack_exists', `Stack ${name} already exists. ${adviceOfLizzy2(status)}`, details);
  }
  const origin = job === null ? 'it was not created by this agent' : `job ${job} created it`;
  const detail = `Stack ${name} already exists: it is ${status}, and ${origin}.`;
  return new JobFailedError('stack_exists', `${detail} ${why ?? adviceFor(status, job)}`, details);
}

function adviceOfLizzy2(status: string): string {
  return status === 'DELETE_IN_PROGRESS'
    ? 'It is being deleted: try again when the deletion has completed, or choose another version.'
    : 'Please choose another version.';
}

function adviceFor(status: string, job: string | null): string {
  if (job === null || status === 'DELETE_IN_PROGRESS') return adviceOfLizzy2(status);
  return (
    'Choose another version, or submit the deployment again with "if_exists": "retry_failed" to replace a failed stack, ' +
    'or with "accept" to continue with a stack of the same definition and parameters.'
  );
}

/**
 * Accepts a stack that an earlier job of this agent created from the same definition and parameters, by the digest that the
 * stack itself has: jobs expire, stacks do not. Values of NoEcho parameters are not compared.
 * @returns a sentence for the job's step
 * @throws JobFailedError `stack_exists` when it is not accepted, with what differs; AwsError
 */
export async function acceptExisting(
  context: Pick<StepContext<unknown>, 'services' | 'stack' | 'signal'>,
  found: Stack,
  {
    ifExists,
    deployment,
  }: { ifExists: IfExists | undefined; deployment: Pick<Deployment, 'digest' | 'parameters' | 'secrets'> },
): Promise<string> {
  if (ifExists !== 'accept') throw stackExists(found, ifExists);
  const job = createdByJob(found);
  if (job === null) throw stackExists(found, ifExists, 'Only stacks that this agent created can be accepted.');
  const digest = await digestOf(context, found);
  if (digest === undefined) {
    throw stackExists(found, ifExists, 'It has no tag LizzyDefinition, so its content cannot be compared.');
  }
  if (digest !== deployment.digest) throw stackExists(found, ifExists, differenceOf(found, deployment.parameters));
  return `the stack ${found.name} of job ${job} has the same definition and parameters`;
}

/** The digest of the definition that the stack has: the last update wrote it into the template, otherwise the creation into a tag. */
async function digestOf(
  { services, stack, signal }: Pick<StepContext<unknown>, 'services' | 'stack' | 'signal'>,
  { id, tags, updatedAt }: Stack,
): Promise<string | undefined> {
  const template = updatedAt === null ? null : await services.aws.template(stack.region, id, signal);
  return z.string().safeParse(template?.metadata['LizzyDefinition']).data ?? tags['LizzyDefinition'];
}

function differenceOf({ parameters }: Stack, wanted: ReadonlyMap<string, string>): string {
  const different = parameters
    .filter(({ key, value }) => !/^\*+$/.test(value) && wanted.has(key) && wanted.get(key) !== value)
    .map(({ key }) => key);
  return different.length === 0
    ? 'Its definition is not the one of this deployment. Choose another version.'
    : `It was created with other values of the parameters ${different.join(', ')}. Choose another version.`;
}
