import { z } from 'zod';

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
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

/** What a listing tells about a stack. It has no tags and no parameters. */
export interface StackSummary {
  /** The stack's ARN: another one when a stack of the same name is made again. */
  readonly id: string;
  readonly name: string;
  readonly status: StackStatus;
  readonly statusReason: string | null;
  readonly createdAt: Date;
  readonly description: string | null;
}

/** What a look at one stack tells. */
export interface Stack extends StackSummary {
  readonly tags: Readonly<Record<string, string>>;
  /** A NoEcho parameter's value reads `****`. */
  readonly parameters: readonly StackParameter[];
}

/** One parameter of a stack as CloudFormation shows it. */
export interface StackParameter {
  readonly key: string;
  readonly value: string;
}

/** A stack in the answer of ListStacks. */
export const listedStack: z.ZodType<StackSummary> = z
  .object({
    StackId: z.string(),
    StackName: z.string(),
    StackStatus: status,
    StackStatusReason: text,
    CreationTime: z.date(),
    TemplateDescription: text,
  })
  .transform((answer) => ({
    id: answer.StackId,
    name: answer.StackName,
    status: answer.StackStatus,
    statusReason: answer.StackStatusReason,
    createdAt: answer.CreationTime,
    description: answer.TemplateDescription,
  }));

/** A stack in the answer of DescribeStacks. */
export const describedStack: z.ZodType<Stack> = z
  .object({
    StackId: z.string(),
    StackName: z.string(),
    StackStatus: status,
    StackStatusReason: text,
    CreationTime: z.date(),
    Description: text,
    Tags: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]),
    Parameters: z.array(z.object({ ParameterKey: z.string(), ParameterValue: z.string().default('') })).default([]),
  })
  .transform((answer) => ({
    id: answer.StackId,
    name: answer.StackName,
    status: answer.StackStatus,
    statusReason: answer.StackStatusReason,
    createdAt: answer.CreationTime,
    description: answer.Description,
    tags: Object.fromEntries(answer.Tags.map(({ Key, Value }) => [Key, Value])),
    parameters: answer.Parameters.map(({ ParameterKey, ParameterValue }) => ({
      key: ParameterKey,
      value: ParameterValue,
    })),
  }));
