import { AwsError, isStuck, NESTED_STACK, type StackSummary } from '#aws';
import { type StackRow } from '#jobs';
import { type StepServices } from '../engine/step-context.js';
import { splitStackName } from '../steps/stack-versions.js';

/** A stack as it is listed. One without a hyphen in its name has an empty version, as in Senza. */
function rowOf(stack: StackSummary): StackRow {
  const { name, version } = splitStackName(stack.name) ?? { name: stack.name, version: '' };
  return {
    stack_name: name,
    version,
    status: stack.status,
    creation_time: stack.createdAt.toISOString(),
    description: stack.description,
  };
}

/** The stacks as rows. Rows for which `isExplained` is true also have the resources that made a deletion or rollback fail. */
export async function rowsOf(
  services: Pick<StepServices, 'aws'>,
  region: string,
  stacks: readonly StackSummary[],
  { isExplained, signal }: { isExplained: (stack: StackSummary) => boolean; signal: AbortSignal },
): Promise<StackRow[]> {
  const explained = stacks.map(async (stack) =>
    isExplained(stack) ? await explainedRow(services, region, stack, signal) : rowOf(stack),
  );
  return await Promise.all(explained);
}

/**
 * The same with what made its deletion or rollback fail. That it failed is shown also when its events cannot be read, for
 * instance because the workers lack the permission.
 */
export async function explainedRow(
  { aws }: Pick<StepServices, 'aws'>,
  region: string,
  stack: StackSummary,
  signal: AbortSignal,
): Promise<StackRow> {
  if (!isStuck(stack.status)) return rowOf(stack);
  try {
    const failed = await aws.failedResources(region, stack.id, signal);
    return {
      ...rowOf(stack),
      failed_resources: failed.map(({ resource, type, status, reason, at }) => {
        return { resource, resource_type: type, status, reason, occurred_at: at.toISOString() };
      }),
    };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { ...rowOf(stack), failed_resources: [unreadFailure(stack, error)] };
  }
}

/** What the listing shows of a failure: CloudFormation's sentence, which names the resources but not why each failed. */
function unreadFailure(
  { name, status, statusReason }: StackSummary,
  { message }: AwsError,
): NonNullable<StackRow['failed_resources']>[number] {
  const reason = `${statusReason ?? 'CloudFormation gives no reason.'} (its events cannot be read: ${message})`;
  return { resource: name, resource_type: NESTED_STACK, status, reason, occurred_at: null };
}
