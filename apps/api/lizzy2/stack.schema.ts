import { type StackRow } from '#jobs';
import { z } from 'zod';
import { jobSchema } from '../jobs/job.schema.js';

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

/** What a patch is answered with: the stack, or the job while it goes on. */
export const patchAnswerSchema = z.union([stackSchema, jobSchema]);

/** Some stacks. */
export const stacksSchema = z.array(stackSchema);

/** The traffic of a stack. */
export const trafficSchema = z
  .object({ weight: z.number().meta({ description: 'Its share of the traffic, in percent.', examples: [30] }) })
  .meta({ id: 'Traffic', description: 'What a stack gets of the traffic of its domain.' });
export type TrafficView = z.output<typeof trafficSchema>;

/** Shows a stack that was read. */
export function stackView(row: StackRow): StackView {
  return { ...row, creation_time: creationTime(row.creation_time) };
}

/** A time as Lizzy 2 wrote it: to the second, with an offset. @param iso in UTC */
export function creationTime(iso: string): string {
  return iso.replace(/(?:\.[0-9]+)?Z$/, '+00:00');
}
