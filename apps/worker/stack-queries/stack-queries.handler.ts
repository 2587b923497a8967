import { AwsError, isStuck, type StackSummary } from '#aws';
import { type ApplicationState, JobFailedError, type StackQueryResult, type StackQuery, type StackRow } from '#jobs';
import { awsFailure } from '../engine/failures.js';
import { type StepServices } from '../engine/step-context.js';
import { assertKnownRegion, unknownRegion } from '../engine/failures.js';
import { sharesOf } from '../steps/traffic/record-traffic.js';
import { splitStackName } from '../steps/stack-versions.js';
import { rowsOf } from './stack-rows.js';

/** How old a listing may be that a read is answered with, in milliseconds, when no change went through this agent. */
const READ_AGE_MS = 2_000;
/** How long AWS may take, in milliseconds: less than the API waits, so that its caller learns what is unavailable. */
const READ_LIMIT_MS = 20_000;

/** How many versions of an application, the newest ones, are queried for failed resources. */
const MAX_EXPLAINED = 5;

/** Answers a read. What AWS refuses becomes part of the answer. */
export async function handleStackQuery(services: StepServices, request: StackQuery): Promise<StackQueryResult> {
  const signal = AbortSignal.timeout(READ_LIMIT_MS);
  try {
    await assertKnownRegion(services, request.region);
    switch (request.read) {
      case 'stacks':
        return { stacks: await listStacks(services, request, signal) };
      case 'application':
        return { application: await readApplication(services, request, signal) };
      case 'traffic':
        return { weight: await weightOf(services, request, signal) };
    }
  } catch (error) {
    const failure = signal.aborted ? awsFailure(noAnswer()) : await failureOf(error, services, request.region);
    return { error: failure.toRecord() };
  }
}

/** Every stack but deleted ones, oldest first. A stack without a hyphen in its name has an empty version, as in Senza. */
async function listStacks(
  services: StepServices,
  { region, explain }: Extract<StackQuery, { read: 'stacks' }>,
  signal: AbortSignal,
): Promise<StackRow[]> {
  const stacks = await oldestFirst(services, region, signal);
  return await rowsOf(services, region, stacks, { isExplained: ({ name }) => name === explain, signal });
}

async function oldestFirst(services: StepServices, region: string, signal: AbortSignal): Promise<StackSummary[]> {
  const { stacks } = await services.listing.get(region, { maxAgeMs: READ_AGE_MS }, signal);
  return stacks.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

/** One application: its versions from the shared listing, and the weights of its domains. */
async function readApplication(
  services: StepServices,
  { region, name }: Extract<StackQuery, { read: 'application' }>,
  signal: AbortSignal,
): Promise<ApplicationState> {
  const all = await oldestFirst(services, region, signal);
  const stacks = all.filter((stack) => splitStackName(stack.name)?.name === name);
  const explained = new Set(stacks.filter(({ status }) => isStuck(status)).slice(-MAX_EXPLAINED));
  const [domains, versions] = await Promise.all([
    services.aws.weightsOfListed(region, stacks, signal),
    rowsOf(services, region, stacks, { isExplained: (stack) => explained.has(stack), signal }),
  ]);
  return { versions, domains: sharesOf(domains) };
}

async function weightOf(
  { aws, listing }: StepServices,
  { region, stack_name: name, stack_version: version }: Extract<StackQuery, { read: 'traffic' }>,
  signal: AbortSignal,
): Promise<number> {
  const id = `${name}-${version}`;
  const { stacks } = await listing.get(region, { maxAgeMs: READ_AGE_MS }, signal);
  // AWS lists a new stack some seconds late.
  if (!stacks.some((stack) => stack.name === id) && (await aws.stackByName(region, id, signal)) === null) {
    throw new JobFailedError('stack_not_found', `Stack not found: ${id}`, { stack: id });
  }
  const domains = await aws.weights(region, [id], signal);
  if (domains.length === 0) {
    throw new JobFailedError('no_domain', `Stack ${name} version ${version} has no weighted domain`, { stack: id });
  }
  // Of several domains the least favourable: the version has no more than that everywhere.
  return Math.min(...domains.map(({ weights }) => weights.get(id) ?? 0));
}

async function failureOf(error: unknown, services: StepServices, region: string): Promise<JobFailedError> {
  if (error instanceof JobFailedError) return error;
  if (!(error instanceof AwsError)) throw error;
  const refusal = await unknownRegion(services, region, error);
  return refusal ?? awsFailure(error);
}

function noAnswer(): AwsError {
  return new AwsError('unavailable', `AWS has not answered within ${READ_LIMIT_MS / 1000} seconds`);
}
