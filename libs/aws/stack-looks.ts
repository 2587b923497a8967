import { isNativeError } from 'node:util/types';
import {
  DescribeStacksCommand,
  GetTemplateSummaryCommand,
  ListStackResourcesCommand,
  ListStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { z } from 'zod';
import { type AwsAccess } from './access.js';
import { allPages, parseAnswer } from './answer.js';
import { AwsError } from './error.js';
import { STACK_STATUSES, describedStack, listedStack, type Stack, type StackSummary } from './stack.js';

const LISTED_STATUSES = STACK_STATUSES.filter((status) => status !== 'DELETE_COMPLETE');

/** ListStacks, all pages, all states but DELETE_COMPLETE: what `senza list` shows (senza/aws.py, `get_stacks`). */
export async function listStacks(access: AwsAccess, region: string, signal?: AbortSignal): Promise<StackSummary[]> {
  const doing = 'listing the stacks';
  return await allPages(async (next) => {
    const command = new ListStacksCommand({ StackStatusFilter: LISTED_STATUSES, NextToken: next });
    const answer = await access.ask({ doing, scope: region, signal }, (options) =>
      access.clients(region).cloudFormation.send(command, options),
    );
    return { items: parseAnswer(doing, z.array(listedStack), answer.StackSummaries ?? []), next: answer.NextToken };
  });
}

/** DescribeStacks of one stack; null only when CloudFormation says that there is none. */
export async function stackByName(
  access: AwsAccess,
  region: string,
  nameOrId: string,
  signal?: AbortSignal,
): Promise<Stack | null> {
  const doing = 'looking at the stack';
  const command = new DescribeStacksCommand({ StackName: nameOrId });
  try {
    const answer = await access.ask({ doing, scope: region, signal }, (options) =>
      access.clients(region).cloudFormation.send(command, options),
    );
    return parseAnswer(doing, z.array(describedStack), answer.Stacks ?? [])[0] ?? null;
  } catch (error) {
    if (isNoSuchStack(error)) return null;
    throw error;
  }
}

/** A resource of a stack. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  /** Null before it was made. */
  readonly physicalId: string | null;
}

const stackResource: z.ZodType<StackResource> = z
  .object({ LogicalResourceId: z.string(), ResourceType: z.string(), PhysicalResourceId: z.string().nullish() })
  .transform((answer) => ({
    logicalId: answer.LogicalResourceId,
    type: answer.ResourceType,
    physicalId: answer.PhysicalResourceId ?? null,
  }));

/** The resources of a stack, all pages; none when there is no such stack. */
export async function stackResources(
  access: AwsAccess,
  region: string,
  nameOrId: string,
  signal?: AbortSignal,
): Promise<StackResource[]> {
  const doing = "listing the stack's resources";
  try {
    return await allPages(async (next) => {
      const command = new ListStackResourcesCommand({ StackName: nameOrId, NextToken: next });
      const answer = await access.ask({ doing, scope: region, signal }, (options) =>
        access.clients(region).cloudFormation.send(command, options),
      );
      return {
        items: parseAnswer(doing, z.array(stackResource), answer.StackResourceSummaries ?? []),
        next: answer.NextToken,
      };
    });
  } catch (error) {
    if (isNoSuchStack(error)) return [];
    throw error;
  }
}

/** Has the stack's template a parameter with NoEcho? */
export async function hasNoEchoParameter(
  access: AwsAccess,
  region: string,
  nameOrId: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const command = new GetTemplateSummaryCommand({ StackName: nameOrId });
  const answer = await access.ask({ doing: "reading the stack's parameters", scope: region, signal }, (options) =>
    access.clients(region).cloudFormation.send(command, options),
  );
  return (answer.Parameters ?? []).some((parameter) => parameter.NoEcho === true);
}

/** CloudFormation has no code of its own for this: a ValidationError `Stack with id NAME does not exist`. */
function isNoSuchStack(error: unknown): boolean {
  if (!(error instanceof AwsError) || !isNativeError(error.cause)) return false;
  return error.cause.name === 'ValidationError' && /^Stack with id .+ does not exist$/.test(error.cause.message);
}
