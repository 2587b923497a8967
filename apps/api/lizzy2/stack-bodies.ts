import { createStackPayload, deleteStackPayload, patchStackPayload } from '#jobs';
import { type z } from 'zod';

/** The body of `POST /api/stacks`. As in Lizzy 2, properties that are not known are ignored. */
export const newStackBody = createStackPayload.meta({
  id: 'NewStack',
  description: 'A stack to create. `keep_stacks` and `new_traffic` only become tags: waiting and switching is yours.',
});
export type NewStackBody = z.output<typeof newStackBody>;

const stackReference = { stack_name: true, stack_version: true } as const;

/** The body of `PATCH /api/stacks/{id}`. */
export const stackPatchBody = patchStackPayload.omit(stackReference).meta({
  id: 'StackPatch',
  description: 'What to change of a stack, in this order: scale, image (with new instances), traffic.',
});
export type StackPatchBody = z.output<typeof stackPatchBody>;

const deleteOptions = deleteStackPayload.omit(stackReference);

/** The body of `DELETE /api/stacks/{id}`; it may be missing. */
export const deleteOptionsBody = deleteOptions
  .nullish()
  .transform((options) => options ?? deleteOptions.parse({}))
  .meta({ id: 'DeleteOptions', description: 'How to delete. `force`: a stack that receives traffic, too.' });
export type DeleteOptionsBody = z.output<typeof deleteOptionsBody>;
