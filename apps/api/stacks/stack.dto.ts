import { type StackRow, createStackPayload, deleteStackPayload, patchStackPayload } from '#jobs';
import { z } from 'zod';
import { jobSchema } from '../jobs/job.dto.js';

/** A stack as Lizzy 2 showed it. */
export const stackSchema = z
  .object({
    stack_name: z.string().meta({ description: 'Name of the application.', examples: ['hello'] }),
    version: z.string().meta({ description: 'Version of the stack.', examples: ['v1'] }),
    status: z
      .string()
      .meta({ description: "CloudFormation's status; `DRY-RUN` of a dry run.", examples: ['CREATE_COMPLETE'] }),
    creation_time: z
      .string()
      .meta({ description: 'ISO 8601; empty in a dry run.', examples: ['2026-11-22T18:31:46+00:00'] }),
    description: z.string().nullable().meta({ description: "The template's description." }),
  })
  .meta({ id: 'Stack', description: 'A CloudFormation stack.' });
export type StackView = z.output<typeof stackSchema>;

/** The response to a patch: the stack, or the job while it is unfinished. */
export const patchAnswerSchema = z.union([stackSchema, jobSchema]);

/** Some stacks. */
export const stacksSchema = z.array(stackSchema);

/** The traffic of a stack. */
export const trafficSchema = z
  .object({ weight: z.number().meta({ description: 'Its share of the traffic, in percent.', examples: [30] }) })
  .meta({ id: 'Traffic', description: 'The share of a stack in the traffic of its domain.' });
export type TrafficView = z.output<typeof trafficSchema>;

/** Shows a stack that was read. */
export function stackView(row: StackRow): StackView {
  return { ...row, creation_time: creationTime(row.creation_time) };
}

/** A time as Lizzy 2 wrote it: to the second, with an offset. @param iso in UTC */
export function creationTime(iso: string): string {
  return iso.replace(/(?:\.[0-9]+)?Z$/, '+00:00');
}

/** The body of `POST /api/stacks`. As in Lizzy 2, properties that are not known are ignored. */
export const newStackBody = createStackPayload.meta({
  id: 'NewStack',
  description:
    'A stack to create. `keep_stacks` and `new_traffic` only become tags: the client waits and switches traffic.',
});
export type NewStackBody = z.output<typeof newStackBody>;

const stackReference = { stack_name: true, stack_version: true } as const;

/** The body of `PATCH /api/stacks/{id}`. */
export const stackPatchBody = patchStackPayload.omit(stackReference).meta({
  id: 'StackPatch',
  description: 'What to change of a stack, in this order: scale, image (with new instances), traffic.',
});
export type StackPatchBody = z.output<typeof stackPatchBody>;

const deleteOptions = deleteStackPayload.omit(stackReference).meta({
  id: 'DeleteOptions',
  description: 'How to delete. `force`: a stack that receives traffic, too.',
});

/** The body of `DELETE /api/stacks/{id}`; it can be missing. */
export const deleteOptionsBody = deleteOptions.nullish().transform((options) => options ?? deleteOptions.parse({}));
export type DeleteOptionsBody = z.output<typeof deleteOptionsBody>;
