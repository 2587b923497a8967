import { z } from 'zod';
import {
  checkResult,
  cleanUpResult,
  createResult,
  deleteResult,
  patchImageResult,
  respawnResult,
  restoreResult,
  scaleResult,
  stateAtEnd,
  trafficResult,
  updateResult,
  waitResult,
} from './step-results.js';

export * from './step-results.js';

/** What a job of any kind can report. */
const common = {
  summary: z.string().optional(),
  superseded_by: z.string().optional().meta({ description: 'The job with the later traffic change.' }),
  cancelled: z.object({ steps_done: z.array(z.string()), current_state: stateAtEnd }).optional(),
  failed: z.object({ state_at_failure: stateAtEnd }).optional(),
};

const deployResult = z
  .object({
    kind: z.literal('deploy'),
    ...common,
    create: createResult.optional(),
    wait: waitResult.optional(),
    traffic: trafficResult.optional(),
    clean_up: cleanUpResult.optional(),
  })
  .meta({ id: 'DeployResult', description: 'What a deployment has done, by its steps.' });

const createStackResult = z
  .object({ kind: z.literal('create_stack'), ...common, create: createResult.optional() })
  .meta({ id: 'CreateStackResult', description: 'What a job of kind `create_stack` has done.' });

const patchStackResult = z
  .object({
    kind: z.literal('patch_stack'),
    ...common,
    scale: scaleResult.optional(),
    patch_image: patchImageResult.optional(),
    respawn_instances: respawnResult.optional(),
    traffic: trafficResult.optional(),
  })
  .meta({ id: 'PatchStackResult', description: 'What a job of kind `patch_stack` has done, by its steps.' });

const updateStackResult = z
  .object({
    kind: z.literal('update_stack'),
    ...common,
    update: updateResult.optional(),
    wait: waitResult.optional(),
  })
  .meta({ id: 'UpdateStackResult', description: 'What a job of kind `update_stack` has done, by its steps.' });

const deleteStackResult = z
  .object({ kind: z.literal('delete_stack'), ...common, delete: deleteResult.optional() })
  .meta({ id: 'DeleteStackResult', description: 'What a job of kind `delete_stack` has done.' });

const rollbackResult = z
  .object({
    kind: z.literal('rollback'),
    ...common,
    check: checkResult.optional(),
    traffic: restoreResult.optional(),
  })
  .meta({ id: 'RollbackResult', description: 'What a rollback has done.' });

const KINDS = {
  deploy: deployResult,
  create_stack: createStackResult,
  patch_stack: patchStackResult,
  update_stack: updateStackResult,
  delete_stack: deleteStackResult,
  rollback: rollbackResult,
} as const;

/** The result of a job: one schema for each kind. */
export const jobResult = z
  .discriminatedUnion('kind', [
    deployResult,
    createStackResult,
    patchStackResult,
    updateStackResult,
    deleteStackResult,
    rollbackResult,
  ])
  .meta({
    discriminator: {
      propertyName: 'kind',
      mapping: Object.fromEntries(
        Object.entries(KINDS).map(([kind, schema]) => [kind, `#/components/schemas/${String(schema.meta()?.id)}`]),
      ),
    },
  });
export type JobResult = z.output<typeof jobResult>;

/**
 * Reads the stored result of a job: what its steps have reported, by their names. Members that this version does not know,
 * and kinds of a later version, are left out.
 */
export function jobResultOf(kind: string, stored: Readonly<Record<string, unknown>> | null): JobResult | null {
  if (stored === null || !isKnown(kind)) return null;
  const shape: Readonly<Record<string, z.ZodType>> = KINDS[kind].shape;
  const members = Object.entries(stored).filter(([name, value]) => shape[name]?.safeParse(value).success);
  return jobResult.parse({ ...Object.fromEntries(members), kind });
}

function isKnown(kind: string): kind is keyof typeof KINDS {
  return Object.hasOwn(KINDS, kind);
}
