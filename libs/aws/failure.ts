import { DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import { z } from 'zod';
import { type AwsAccess } from './access.js';
import { allPages, parseAnswer } from './answer.js';
import {
  NESTED_STACK,
  causeOf,
  isStartOf,
  stackEvent,
  type FailedOperation,
  type StackFailure,
} from './stack-event.js';

/**
 * The first resource that really failed in the stack's last operation. Events come newest first; pages are read until the
 * operation's begin. Of a nested stack the resource inside is named, one level deep.
 */
export async function firstFailure(
  access: AwsAccess,
  region: string,
  stackId: string,
  {
    operation,
    signal,
    nested = false,
  }: { operation: FailedOperation; signal?: AbortSignal | undefined; nested?: boolean },
): Promise<StackFailure | null> {
  const doing = "reading the stack's events";
  const events = await allPages(
    async (next) => {
      const command = new DescribeStackEventsCommand({ StackName: stackId, NextToken: next });
      const answer = await access.ask({ doing, scope: region, signal }, (options) =>
        access.clients(region).cloudFormation.send(command, options),
      );
      return { items: parseAnswer(doing, z.array(stackEvent), answer.StackEvents ?? []), next: answer.NextToken };
    },
    (read) => read.some((event) => isStartOf(operation, event)),
  );
  const cause = causeOf(operation, events);
  if (cause === null) return null;
  const failure = { resource: cause.logicalId, type: cause.type, reason: cause.reason };
  if (nested || cause.type !== NESTED_STACK || cause.own || cause.physicalId === '') return failure;
  const inner = await firstFailure(access, region, cause.physicalId, { operation, signal, nested: true });
  return inner === null ? failure : { ...inner, resource: `${cause.logicalId}/${inner.resource}` };
}
