import { type AwsClient } from './aws-client.js';
import { isOwnFailure, NESTED_STACK, readEvents, type StackEvent } from './stack-events.js';
import { type StackStatus } from './stacks.js';

/** A resource that CloudFormation could not delete or roll back, so that its stack is stuck. */
export interface FailedResource {
  /** The logical id; of a nested stack's resource `NESTED/RESOURCE`; the stack's own name when no resource is named. */
  readonly resource: string;
  /** For instance `AWS::S3::Bucket`. */
  readonly type: string;
  /** CloudFormation's status of the resource, for instance `DELETE_FAILED`. */
  readonly status: string;
  /** CloudFormation's words. */
  readonly reason: string;
  readonly at: Date;
}

/** The states in which a deletion or a rollback has failed: someone has to remove the cause. */
const STUCK: readonly StackStatus[] = [
  'DELETE_FAILED',
  'ROLLBACK_FAILED',
  'UPDATE_ROLLBACK_FAILED',
  'IMPORT_ROLLBACK_FAILED',
];

/** With these a deletion or a rollback of a stack starts, also a repeated one. */
const STARTS: readonly string[] = [
  'DELETE_IN_PROGRESS',
  'ROLLBACK_IN_PROGRESS',
  'UPDATE_ROLLBACK_IN_PROGRESS',
  'IMPORT_ROLLBACK_IN_PROGRESS',
];

/** How deep failures in nested stacks are followed. */
const MAX_NESTING = 5;
/** How many resources are named: the first ones that failed. */
const MAX_RESOURCES = 10;

/** Whether a deletion or a rollback of the stack has failed. */
export function isStuck(status: StackStatus): boolean {
  return STUCK.includes(status);
}

/**
 * What failed in a stack's last deletion or rollback: its resources, oldest failure first; the stack itself when CloudFormation
 * blames none.
 * @param newestFirst as DescribeStackEvents returns them
 */
export function failuresOf(newestFirst: readonly StackEvent[]): StackEvent[] {
  const start = newestFirst.findIndex(isStart);
  const during = (start === -1 ? newestFirst : newestFirst.slice(0, start)).toReversed();
  const resources = during.filter(isOwnFailure);
  if (resources.length > 0) return resources.slice(0, MAX_RESOURCES);
  const own = during.find(({ isStackEvent, status }) => isStackEvent && status.endsWith('_FAILED'));
  return own === undefined ? [] : [own];
}

function isStart({ isStackEvent, status }: StackEvent): boolean {
  return isStackEvent && STARTS.includes(status);
}

/** The resources that made a stack's last deletion or rollback fail; of a nested stack those inside. @throws AwsError */
export async function failedResources(
  access: AwsClient,
  region: string,
  stackId: string,
  { signal, depth = 0 }: { signal?: AbortSignal | undefined; depth?: number },
): Promise<FailedResource[]> {
  const failures = failuresOf(await readEvents(access, region, stackId, { isEnough: isStart, signal }));
  const found: FailedResource[] = [];
  for (const event of failures) {
    const { logicalId, physicalId, type, status, reason, at } = event;
    const isNested = type === NESTED_STACK && !event.isStackEvent && physicalId !== '' && depth < MAX_NESTING;
    const inside = isNested ? await failedResources(access, region, physicalId, { signal, depth: depth + 1 }) : [];
    if (inside.length === 0) found.push({ resource: logicalId, type, status, reason, at });
    else found.push(...inside.map((each) => ({ ...each, resource: `${logicalId}/${each.resource}` })));
  }
  return found.slice(0, MAX_RESOURCES);
}
