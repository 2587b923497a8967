import { plainLine } from '#formats';
import { z } from 'zod';
import { paginateDescribeStackEvents } from '@aws-sdk/client-cloudformation';
import { type AwsClient } from './aws-client.js';
import { parseResponse } from './parse-response.js';

/** The resource that made a stack's creation, update or deletion fail. */
export interface StackFailure {
  /** The logical id; of a nested stack's resource `NESTED/RESOURCE`; the stack's own name when no resource is to blame. */
  readonly resource: string;
  /** For instance `AWS::SQS::Queue`. */
  readonly type: string;
  /** CloudFormation's words. */
  readonly reason: string;
}

/** Which failures to return: those of the last creation or update, or those of the last deletion. */
export type FailedOperation = 'change' | 'delete';

/** The type of a stack, also of one that is a resource of another. */
export const NESTED_STACK = 'AWS::CloudFormation::Stack';

/** How deep a failure in nested stacks is followed. CloudFormation itself has no limit. */
const MAX_NESTING = 5;

/** One event of a stack. */
export interface StackEvent {
  /** Unique in its stack. */
  readonly id: string;
  readonly at: Date;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  /** Is it about the stack itself, not about one of its resources? */
  readonly isStackEvent: boolean;
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

/** An event in the response of DescribeStackEvents. */
const stackEvent: z.ZodType<StackEvent> = z
  .object({
    EventId: z.string(),
    Timestamp: z.date(),
    StackId: z.string(),
    LogicalResourceId: text,
    PhysicalResourceId: text,
    ResourceType: text,
    ResourceStatus: text,
    ResourceStatusReason: text,
  })
  .transform((answer) => ({
    id: answer.EventId,
    at: answer.Timestamp,
    logicalId: answer.LogicalResourceId,
    physicalId: answer.PhysicalResourceId,
    type: answer.ResourceType,
    status: answer.ResourceStatus,
    reason: plainLine(answer.ResourceStatusReason),
    isStackEvent: answer.PhysicalResourceId === answer.StackId,
  }));

const CHANGE_STARTS: readonly string[] = ['CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'IMPORT_IN_PROGRESS'];
const DELETE_START = 'DELETE_IN_PROGRESS';
/** What CloudFormation says of resources that it gave up because another one had failed. */
const CANCELLED = /^Resource (creation|update|deletion|import) cancell?ed/i;
const STACK_FAILURES: readonly string[] = [
  'ROLLBACK_IN_PROGRESS',
  'UPDATE_ROLLBACK_IN_PROGRESS',
  'IMPORT_ROLLBACK_IN_PROGRESS',
];

/** A resource failed, and not because another one had failed. */
export function isOwnFailure({ isStackEvent, status, reason }: StackEvent): boolean {
  return !isStackEvent && status.endsWith('_FAILED') && !CANCELLED.test(reason);
}

/** Does such an operation on the stack begin with this event? */
function isStartOf(operation: FailedOperation, { isStackEvent, status }: StackEvent): boolean {
  return isStackEvent && (operation === 'delete' ? status === DELETE_START : CHANGE_STARTS.includes(status));
}

/**
 * The event that shows why the stack's last operation of that kind failed: the first resource in time that failed by
 * itself; the stack's own first complaint when no resource did; null when nothing failed.
 *
 * @param newestFirst as DescribeStackEvents returns them. Events from before the operation are ignored
 */
export function causeOf(operation: FailedOperation, newestFirst: readonly StackEvent[]): StackEvent | null {
  const start = newestFirst.findIndex((event) => isStartOf(operation, event));
  const oldestFirst = (start === -1 ? newestFirst : newestFirst.slice(0, start)).toReversed();
  // After a change the stack may have been deleted: failures of the deletion do not count.
  const end = operation === 'change' ? oldestFirst.findIndex((event) => isStartOf('delete', event)) : -1;
  const during = end === -1 ? oldestFirst : oldestFirst.slice(0, end);
  const resource = during.find(isOwnFailure);
  return (
    resource ??
    during.find(
      ({ isStackEvent, status, reason }) =>
        isStackEvent && reason !== '' && (status.endsWith('_FAILED') || STACK_FAILURES.includes(status)),
    ) ??
    null
  );
}

/**
 * The first resource that really failed in the stack's last operation. Events come newest first; pages are read until the
 * operation's begin. Of a nested stack the resource inside is named.
 */
export async function firstFailure(
  access: AwsClient,
  region: string,
  stackId: string,
  { of, signal, depth = 0 }: { of: FailedOperation; signal?: AbortSignal | undefined; depth?: number },
): Promise<StackFailure | null> {
  const isEnough = (event: StackEvent): boolean => isStartOf(of, event);
  const events = await readEvents(access, region, stackId, { isEnough, signal });
  const cause = causeOf(of, events);
  if (cause === null) return null;
  const failure = { resource: cause.logicalId, type: cause.type, reason: cause.reason };
  const isNested = cause.type === NESTED_STACK && !cause.isStackEvent && cause.physicalId !== '';
  if (!isNested || depth === MAX_NESTING) return failure;
  const inner = await firstFailure(access, region, cause.physicalId, { of, signal, depth: depth + 1 });
  return inner === null ? failure : { ...inner, resource: `${cause.logicalId}/${inner.resource}` };
}

/** Pages of events that are read at most: 100 events each. */
const MAX_EVENT_PAGES = 20;

/**
 * The events of a stack, newest first.
 * @param after the id of the last event that is known; null: those of the last creation or update, its first event included
 * @throws AwsError
 */
export async function newStackEvents(
  access: AwsClient,
  region: string,
  stackId: string,
  { after, signal }: { after: string | null; signal?: AbortSignal | undefined },
): Promise<StackEvent[]> {
  const isEnough = (event: StackEvent): boolean => (after === null ? isStartOf('change', event) : event.id === after);
  const events = await readEvents(access, region, stackId, { isEnough, signal });
  const end = events.findIndex(isEnough);
  return events.slice(0, end === -1 ? undefined : after === null ? end + 1 : end);
}

/** Reads pages of events, newest first, until one of them `isEnough`. @throws AwsError */
export async function readEvents(
  access: AwsClient,
  region: string,
  stackId: string,
  { isEnough, signal }: { isEnough: (event: StackEvent) => boolean; signal?: AbortSignal | undefined },
): Promise<StackEvent[]> {
  const operation = "reading the stack's events";
  const client = access.clients(region).cloudFormation;
  return await access.pages(
    { operation, signal },
    {
      paginate: (options) => paginateDescribeStackEvents({ client }, { StackName: stackId }, options),
      itemsOf: (page) => parseResponse(operation, z.array(stackEvent), page.StackEvents ?? []),
      isEnough: (events, pages) => pages >= MAX_EVENT_PAGES || events.some(isEnough),
    },
  );
}
