import { lizzyVersion } from '#config';
import { definitionForSenza, secretsOf } from '#definition';
import { type StepContext } from '../runner/step-context.js';
import { type JsonObject } from '../runner/json-object.js';
import { type Step } from '../runner/step.js';
import { type DefinitionPayload, readDefinition } from './definition.js';
import { stackExists } from './validate.step.js';

/** How much of what Senza said is kept in the record, for Lizzy 2's `X-Lizzy-Output`: its end, in characters. */
export const OUTPUT_KEPT = 4096;

/**
 * `senza create`. The stack's name is CloudFormation's own idempotency key and `LizzyJobId` says whose it is: to create
 * again after a crash, and to find one's own stack there, is the same as to have created it.
 */
export const create: Step<DefinitionPayload> = {
  name: 'create',

  async look(context) {
    const { payload, stack, around, signal } = context;
    if (payload.dry_run) {
      if (!context.hasActed) return { seen: 'not_begun' };
      return { seen: 'done', message: 'Senza accepts the definition', result: { output: keptOutput(context) } };
    }
    const found = await around.aws.stackByName(stack.region, stack.id, signal);
    if (found === null) return { seen: 'not_begun' };
    if (!context.owns(found)) throw stackExists(stack.id, found);
    const seen = { stack_id: found.id, status: found.status, created_at: found.createdAt.toISOString() };
    context.remember(seen);
    return {
      seen: 'done',
      message: `CloudFormation has taken the stack ${stack.id}`,
      result: { stack: stack.id, ...seen, description: found.description, output: keptOutput(context) },
    };
  },

  async act(context) {
    const { payload, stack, around, job } = context;
    const { definition, parameters } = readDefinition(payload);
    const output = await context.changing(() =>
      around.senza.create(
        {
          region: stack.region,
          stackVersion: stack.version,
          definition: definitionForSenza(definition),
          parameters,
          tags: tagsOf(payload, job.id),
          dryRun: payload.dry_run,
          disableRollback: payload.disable_rollback,
        },
        context.command({ secrets: secretsOf(definition, parameters) }),
      ),
    );
    context.remember({ output: output.output.slice(-OUTPUT_KEPT) });
  },
};

/** What Senza said in the act of this step that is the last so far; null before, and when its worker died in it. */
export function keptOutput({ record }: StepContext<unknown>): JsonObject[string] {
  return record.data['output'] ?? null;
}

function tagsOf(payload: DefinitionPayload, jobId: string): ReadonlyMap<string, string> {
  const tags = new Map([
    ['LizzyVersion', lizzyVersion],
    ['LizzyJobId', jobId],
  ]);
  if (payload.keep_stacks !== null) tags.set('LizzyKeepStacks', payload.keep_stacks.toString());
  if (payload.new_traffic !== null) tags.set('LizzyTargetTraffic', payload.new_traffic.toString());
  for (const tag of payload.tags) {
    const split = tag.indexOf('=');
    tags.set(tag.slice(0, split), tag.slice(split + 1));
  }
  return tags;
}
