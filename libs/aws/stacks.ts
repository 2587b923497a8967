import { plainLine, plainText } from '#formats';
import { z } from 'zod';
import { DescribeStacksCommand, paginateListStackResources, paginateListStacks } from '@aws-sdk/client-cloudformation';
import { type AwsClient } from './aws-client.js';
import { parseResponse } from './parse-response.js';
import { AwsError, saysStackIsMissing } from './errors.js';

/** The states of a stack (AWS CloudFormation API reference, "StackStatus"). */
export const STACK_STATUSES = [
  'CREATE_IN_PROGRESS',
  'CREATE_FAILED',
  'CREATE_COMPLETE',
  'ROLLBACK_IN_PROGRESS',
  'ROLLBACK_FAILED',
  'ROLLBACK_COMPLETE',
  'DELETE_IN_PROGRESS',
  'DELETE_FAILED',
  'DELETE_COMPLETE',
  'UPDATE_IN_PROGRESS',
  'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_COMPLETE',
  'UPDATE_FAILED',
  'UPDATE_ROLLBACK_IN_PROGRESS',
  'UPDATE_ROLLBACK_FAILED',
  'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_ROLLBACK_COMPLETE',
  'REVIEW_IN_PROGRESS',
  'IMPORT_IN_PROGRESS',
  'IMPORT_COMPLETE',
  'IMPORT_ROLLBACK_IN_PROGRESS',
  'IMPORT_ROLLBACK_FAILED',
  'IMPORT_ROLLBACK_COMPLETE',
] as const;

/** A stack's state; `UNKNOWN` is one that AWS has invented since. */
export type StackStatus = (typeof STACK_STATUSES)[number] | 'UNKNOWN';

const status = z.enum([...STACK_STATUSES, 'UNKNOWN']).catch('UNKNOWN');
/** The users of the account choose these texts, which logs and terminals show. */
const descriptionText = z
  .string()
  .nullish()
  .transform((value) => (typeof value === 'string' ? plainText(value) : null));
const reasonText = z
  .string()
  .nullish()
  .transform((value) => (typeof value === 'string' ? plainLine(value) : null));

/** A stack as listed. It has no tags and no parameters. */
export interface StackSummary {
  /** The stack's ARN: another one when a stack of the same name is made again. */
  readonly id: string;
  readonly name: string;
  readonly status: StackStatus;
  readonly statusReason: string | null;
  readonly createdAt: Date;
  /** When the last update of the stack started; null when it was never updated. */
  readonly updatedAt: Date | null;
  readonly description: string | null;
}

/** A stack as described. */
export interface Stack extends StackSummary {
  readonly tags: Readonly<Record<string, string>>;
  /** A NoEcho parameter's value reads `****`. */
  readonly parameters: readonly StackParameter[];
  /** Whether CloudFormation refuses to delete the stack. */
  readonly terminationProtection: boolean;
}

/** One parameter of a stack as CloudFormation shows it. */
export interface StackParameter {
  readonly key: string;
  readonly value: string;
}

/** What ListStacks and DescribeStacks both report. Only the description has two names. */
const summaryFields = z.object({
  StackId: z.string(),
  StackName: z.string(),
  StackStatus: status,
  StackStatusReason: reasonText,
  CreationTime: z.date(),
  LastUpdatedTime: z.date().optional(),
});

function toSummary(answer: z.output<typeof summaryFields>, description: string | null): StackSummary {
  return {
    id: answer.StackId,
    name: answer.StackName,
    status: answer.StackStatus,
    statusReason: answer.StackStatusReason,
    createdAt: answer.CreationTime,
    updatedAt: answer.LastUpdatedTime ?? null,
    description,
  };
}

const listedStack: z.ZodType<StackSummary> = summaryFields
  .extend({ TemplateDescription: descriptionText })
  .transform((answer) => toSummary(answer, answer.TemplateDescription));

const describedStack: z.ZodType<Stack> = summaryFields
  .extend({
    Description: descriptionText,
    Tags: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]),
    Parameters: z.array(z.object({ ParameterKey: z.string(), ParameterValue: z.string().default('') })).default([]),
    EnableTerminationProtection: z.boolean().default(false),
  })
  .transform((answer) => ({
    ...toSummary(answer, answer.Description),
    tags: Object.fromEntries(answer.Tags.map(({ Key, Value }) => [Key, Value])),
    parameters: answer.Parameters.map(({ ParameterKey, ParameterValue }) => ({
      key: ParameterKey,
      value: ParameterValue,
    })),
    terminationProtection: answer.EnableTerminationProtection,
  }));

const LISTED_STATUSES = STACK_STATUSES.filter((status) => status !== 'DELETE_COMPLETE');

/** ListStacks, all pages, all states but DELETE_COMPLETE: what `senza list` shows (senza/aws.py, `get_stacks`). */
export async function listStacks(access: AwsClient, region: string, signal?: AbortSignal): Promise<StackSummary[]> {
  const operation = 'listing the stacks';
  const client = access.clients(region).cloudFormation;
  return await access.pages(
    { operation, signal },
    {
      paginate: (options) => paginateListStacks({ client }, { StackStatusFilter: LISTED_STATUSES }, options),
      itemsOf: (page) => parseResponse(operation, z.array(listedStack), page.StackSummaries ?? []),
    },
  );
}

/** DescribeStacks of one stack; null only when CloudFormation reports that it does not exist. */
export async function stackByName(
  access: AwsClient,
  region: string,
  nameOrId: string,
  signal?: AbortSignal,
): Promise<Stack | null> {
  const operation = 'looking at the stack';
  // One page: the response for a name has one stack.
  const command = new DescribeStacksCommand({ StackName: nameOrId });
  try {
    const answer = await access.call({ operation, signal }, (options) =>
      access.clients(region).cloudFormation.send(command, options),
    );
    return parseResponse(operation, z.array(describedStack), answer.Stacks ?? [])[0] ?? null;
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
  access: AwsClient,
  region: string,
  nameOrId: string,
  signal?: AbortSignal,
): Promise<StackResource[]> {
  const operation = "listing the stack's resources";
  try {
    const client = access.clients(region).cloudFormation;
    return await access.pages(
      { operation, signal },
      {
        paginate: (options) => paginateListStackResources({ client }, { StackName: nameOrId }, options),
        itemsOf: (page) => parseResponse(operation, z.array(stackResource), page.StackResourceSummaries ?? []),
      },
    );
  } catch (error) {
    if (isNoSuchStack(error)) return [];
    throw error;
  }
}

function isNoSuchStack(error: unknown): boolean {
  return error instanceof AwsError && saysStackIsMissing(error.cause);
}
