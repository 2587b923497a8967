import { JobFailure } from '#jobs';
import { type Step } from '../runner/step.js';
import { type DefinitionPayload, readDefinition } from './definition.js';

/** Reads the request once more and sees to it that the stack's name is free, or this job's own. Runs no command. */
export const validate: Step<DefinitionPayload> = {
  name: 'validate',
  async look(context) {
    const { payload, stack, around, signal } = context;
    const { definition } = readDefinition(payload);
    if (definition.stackName !== stack.name) {
      throw new JobFailure('invalid_request', `The definition names the stack "${definition.stackName}".`);
    }
    if (payload.dry_run) return { seen: 'done', message: 'the definition can be read' };
    const found = await around.aws.stackByName(stack.region, stack.id, signal);
    if (found === null) return { seen: 'done', message: `the name ${stack.id} is free` };
    if (context.owns(found)) return { seen: 'done', message: `the stack ${stack.id} is this job's own` };
    throw stackExists(stack.id, found);
  },
};

/** The failure of a job that finds somebody else's stack where its own should be. */
export function stackExists(id: string, found: { status: string; tags: Readonly<Record<string, string>> }): JobFailure {
  const advice =
    found.status === 'DELETE_IN_PROGRESS'
      ? 'It is being deleted: try again when it is gone, or choose another version.'
      : 'Please choose another version.';
  return new JobFailure('stack_exists', `Stack ${id} already exists. ${advice}`, {
    stack: id,
    stack_status: found.status,
    created_by_job: found.tags['LizzyJobId'] ?? null,
  });
}
