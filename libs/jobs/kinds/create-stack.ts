import { percentageSchema } from '#definition';
import { z } from 'zod';
import { newStackFields, nullable } from './fields.js';
import { defineJobKind } from './job-kind.js';
import { createResult } from './step-results.js';

/** The payload of a `create_stack` job: `keep_stacks` and `new_traffic` only become tags of the stack. */
export const createStackPayload = z.object({
  ...newStackFields,
  keep_stacks: nullable(z.int().min(0)),
  new_traffic: nullable(percentageSchema),
});
export type CreateStackPayload = z.output<typeof createStackPayload>;

/** Lizzy 2's `POST /api/stacks`. */
export const createStack = defineJobKind({
  name: 'create_stack',
  payload: createStackPayload,
  result: { create: createResult.optional() },
  auditAction: 'create_stack',
});
