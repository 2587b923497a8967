import { failedResource, type StackRow, createStackPayload, deleteStackPayload, patchStackPayload } from '#jobs';
import { z } from 'zod';
import { jobSchema } from '../jobs/job.dto.js';
import { stackNextSteps } from './stack-next.js';

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

/** What made the deletion or the rollback of a stack fail. */
export const failedResourcesSchema = z.array(failedResource).meta({
  description:
    'After a deletion or rollback that failed (`DELETE_FAILED`, `ROLLBACK_FAILED`, `UPDATE_ROLLBACK_FAILED`): the resources ' +
    "that failed, first one first, with CloudFormation's reason. A resource of a nested stack is `NESTED/RESOURCE`.",
});

/** What to do about a stack that has failed. */
export const stackNextSchema = z
  .array(z.string())
  .meta({ description: 'What to do about a stack that CloudFormation has left failed.' });

/** A stack with what is known of its failure. A stack that is complete has only the members that Lizzy 2 showed. */
export const explainedStackSchema = stackSchema
  .extend({ failed_resources: failedResourcesSchema.optional(), next: stackNextSchema.optional() })
  .meta({ id: 'ExplainedStack', description: 'A CloudFormation stack, and why it failed.' });
export type ExplainedStackView = z.output<typeof explainedStackSchema>;

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
export function stackView({ stack_name, version, status, creation_time, description }: StackRow): StackView {
  return { stack_name, version, status, creation_time: creationTime(creation_time), description };
}

/** Shows a stack, and what is known of its failure. @param region in which it is */
export function explainedStackView(row: StackRow, region: string): ExplainedStackView {
  const { failed_resources } = row;
  const next = stackNextSteps(row, region);
  return {
    ...stackView(row),
    ...(failed_resources === undefined ? {} : { failed_resources }),
    ...(next.length === 0 ? {} : { next }),
  };
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

/** Other properties that are not known are ignored. This one says that nothing may be changed. */
const noDryRun = z
  .boolean()
  .nullish()
  .refine(
    (value) => value !== true,
    'is not possible for this call: it would change the stack. Leave it out to do that',
  )
  .transform(() => undefined)
  .meta({ description: 'This call has no dry run: `true` is rejected.' });

/** The body of `PATCH /api/stacks/{id}`. */
export const stackPatchBody = patchStackPayload.omit(stackReference).extend({ dry_run: noDryRun }).meta({
  id: 'StackPatch',
  description: 'What to change in a stack, in this order: scale, image (with new instances), traffic.',
});
export type StackPatchBody = z.output<typeof stackPatchBody>;

const deleteOptions = deleteStackPayload.omit(stackReference).meta({
  id: 'DeleteOptions',
  description: 'How to delete a stack. `force`: even if it receives traffic.',
});

/** The body of `DELETE /api/stacks/{id}`; it can be missing. */
export const deleteOptionsBody = deleteOptions.nullish().transform((options) => options ?? deleteOptions.parse({}));
export type DeleteOptionsBody = z.output<typeof deleteOptionsBody>;
