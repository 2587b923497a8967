import { z } from 'zod';
import { domainShares } from './domain-shares.js';

const weights = z.record(z.string(), z.number());
const output = z.string().nullable().optional().meta({ description: 'The end of what Senza printed.' });
const time = z.iso.datetime();

/** What each step reports. The worker's steps return these objects, and the API documents them. */
export const createResult = z
  .object({
    stack: z.string().optional(),
    stack_id: z.string().optional().meta({ description: 'The ARN of the stack.' }),
    status: z.string().optional().meta({ description: 'The status of the stack after the step.' }),
    created_at: time.optional(),
    description: z.string().nullable().optional(),
    output,
  })
  .meta({ id: 'CreateStepResult', description: 'The created stack; only `output` in a dry run.' });
export type CreateResult = z.infer<typeof createResult>;

export const waitResult = z
  .object({ status: z.string() })
  .meta({ id: 'WaitStepResult', description: 'The status in which the stack is complete.' });
export type WaitResult = z.infer<typeof waitResult>;

export const trafficResult = z
  .object({
    weights_before: weights.meta({ description: 'Of the domain whose share is furthest from the requested one.' }),
    weights_after: weights,
    domains: z.array(z.object({ domain: z.string(), weights_before: weights, weights_after: weights })),
    wanted: z.number().meta({ description: 'The requested percentage.' }),
    changed: z.boolean().meta({ description: 'False: the weights were in place already.' }),
  })
  .meta({ id: 'TrafficStepResult', description: 'Percentages by record identifier, before and after.' });
export type TrafficResult = z.infer<typeof trafficResult>;

export const restoreResult = trafficResult
  .pick({ domains: true, changed: true })
  .meta({ id: 'RestoreStepResult', description: 'Percentages by record identifier, before and after the rollback.' });
export type RestoreResult = z.infer<typeof restoreResult>;

export const cleanUpResult = z
  .object({
    deleted: z.array(z.string()),
    retained: z.array(z.object({ stack: z.string(), why: z.string() })),
  })
  .meta({ id: 'CleanUpStepResult', description: 'The deleted versions, and the retained ones with the reason.' });
export type CleanUpResult = z.infer<typeof cleanUpResult>;

export const updateResult = z
  .object({
    stack: z.string().optional(),
    stack_id: z.string().optional(),
    changed: z.boolean().optional().meta({ description: 'False: there was nothing to update.' }),
    output,
  })
  .meta({ id: 'UpdateStepResult', description: 'The updated stack; only `output` in a dry run.' });
export type UpdateResult = z.infer<typeof updateResult>;

export const deleteResult = z
  .object({
    status: z.string().nullable().optional().meta({ description: 'Null: the stack no longer exists.' }),
    output,
  })
  .meta({ id: 'DeleteStepResult', description: 'The status of the deleted stack; only `output` in a dry run.' });
export type DeleteResult = z.infer<typeof deleteResult>;

export const checkResult = z
  .object({
    undoes: z.string().meta({ description: 'The job whose traffic change is undone.' }),
    current: z.array(domainShares),
    target: z.array(domainShares),
    changes: z.array(
      z.object({
        domain: z.string(),
        identifier: z.string().meta({ description: 'The record, usually `NAME-VERSION`.' }),
        weight_before: z.number(),
        weight_after: z.number(),
        stack: z
          .string()
          .nullable()
          .meta({ description: 'The stack that is updated; null: the record belongs to none, and is changed itself.' }),
      }),
    ),
  })
  .meta({ id: 'RollbackPlan', description: 'The weights now and afterwards, and each weight that changes.' });
export type CheckResult = z.infer<typeof checkResult>;

export const scaleResult = z
  .object({ desired_capacity: z.int().nullable(), groups: z.array(z.string()) })
  .meta({ id: 'ScaleStepResult', description: 'The desired capacity of the auto scaling groups.' });
export type ScaleResult = z.infer<typeof scaleResult>;

export const patchImageResult = z
  .object({ image: z.string() })
  .meta({ id: 'PatchImageStepResult', description: 'The image of new instances.' });
export type PatchImageResult = z.infer<typeof patchImageResult>;

export const respawnResult = z
  .object({ instances: z.array(z.string()), other_image: z.array(z.string()) })
  .meta({ id: 'RespawnStepResult', description: 'The running instances, and those that run another image.' });
export type RespawnResult = z.infer<typeof respawnResult>;

const groupSizes = {
  name: z.string(),
  min_size: z.number(),
  max_size: z.number(),
  desired_capacity: z.number(),
  suspended_processes: z.array(z.string()),
};

/** The state that a failed or cancelled job left in AWS. */
export const stateAtEnd = z
  .object({
    stack: z.object({ name: z.string(), status: z.string() }).nullable().optional(),
    unknown: z.string().optional().meta({ description: 'Why the state could not be read.' }),
    weights: weights.nullable().optional(),
    weights_before: weights.nullable().optional(),
    domains: z.record(z.string(), weights).nullable().optional(),
    instances_to_replace: z.array(z.string()).optional(),
    unrestored_groups: z
      .array(z.object({ ...groupSizes, before: z.object(groupSizes), advice: z.string() }))
      .optional(),
  })
  .meta({ id: 'StateAtEnd', description: 'The state in AWS when the job failed or was cancelled.' });
