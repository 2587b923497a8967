import { agentTagCount, agentTags, type CreateResult, JobFailedError } from '#jobs';
import { type Step } from '../engine/step.js';
import { lizzyVersion } from '#config';
import { senzaCreate } from '#senza/commands/create.js';
import { acceptExisting, type IfExists } from './existing-stack.js';
import { readDeployment } from './read-deployment.js';
import { type StepContext } from '../engine/step-context.js';
import { z } from 'zod';

/** The part of a creation job's payload that concerns its definition. */
export interface DefinitionPayload {
  readonly senza_yaml: string;
  readonly parameters: readonly string[];
  readonly tags: readonly string[];
  readonly disable_rollback: boolean;
  readonly dry_run: boolean;
  readonly keep_stacks: number | null;
  readonly new_traffic: number | null;
  readonly if_exists?: IfExists;
}

/** Parses the request again and ensures that the stack name is free, or used by this job. Runs no command. */
export const validate: Step<DefinitionPayload> = {
  name: 'validate',
  async observe(context) {
    const { payload, stack, services, signal } = context;
    const { stackName, ...deployment } = await readDeployment(context, {
      tags: payload.tags,
      agentTags: agentTagCount(payload),
    });
    if (stackName !== stack.name) {
      throw new JobFailedError('invalid_request', `The definition names the stack "${stackName}".`);
    }
    if (payload.dry_run) return { state: 'done', message: 'the definition can be read' };
    const found = await services.aws.stackByName(stack.region, stack.id, signal);
    if (found === null) return { state: 'done', message: `the name ${stack.id} is free` };
    if (context.owns(found)) return { state: 'done', message: `the stack ${stack.id} is this job's own` };
    return {
      state: 'done',
      message: await acceptExisting(context, found, { ifExists: payload.if_exists, deployment }),
    };
  },
};

/** How much of Senza's output is kept in the record, for Lizzy 2's `X-Lizzy-Output`: its end, in characters. */
export const OUTPUT_KEPT = 4096;

/**
 * `senza create`. The stack's name is CloudFormation's own idempotency key and the tag `LizzyJobId` names its owner:
 * a job that tries to create again after a crash, and finds its own stack, has created it.
 */
export const create: Step<DefinitionPayload> = {
  name: 'create',

  async observe(context) {
    const { payload, stack, services, signal } = context;
    if (payload.dry_run) {
      if (!context.hasApplied) return { state: 'not_started' };
      return { state: 'done', message: 'Senza accepts the definition', result: { output: keptOutput(context) } };
    }
    const found = await services.aws.stackByName(stack.region, stack.id, signal);
    if (found === null) return { state: 'not_started' };
    if (!context.owns(found)) {
      // AWS shows the tags of a new stack later than the stack itself. Every stack that Senza creates has some.
      const untagged = context.record.journal.length > 0 && Object.keys(found.tags).length === 0;
      if (untagged) return { state: 'unknown', why: `the tags of the stack ${stack.id} are not visible yet` };
      const deployment = await readDeployment(context);
      await acceptExisting(context, found, { ifExists: payload.if_exists, deployment });
    }
    const stored = { stack_id: found.id, status: found.status, created_at: found.createdAt.toISOString() };
    context.remember({ ...stored, is_existing: context.record.journal.length === 0 });
    return {
      state: 'done',
      message: context.owns(found)
        ? `CloudFormation has accepted the stack ${stack.id}`
        : `the existing stack ${stack.id} is accepted`,
      result: {
        stack: stack.id,
        ...stored,
        description: found.description,
        output: keptOutput(context),
      } satisfies CreateResult,
    };
  },

  async apply(context) {
    const { payload, stack, services, job } = context;
    const { parameters, secrets, senzaYaml, digest } = await readDeployment(context);
    await context.masking(secrets);
    const output = await context.whileChanging(
      () =>
        services.senza.run(
          senzaCreate,
          {
            region: stack.region,
            stackName: stack.name,
            stackVersion: stack.version,
            definition: senzaYaml,
            parameters,
            tags: tagsOf(payload, job.id, digest),
            dryRun: payload.dry_run,
            disableRollback: payload.disable_rollback,
            // For Lizzy 2's call `new_traffic` is a tag.
            hasWeightedDomain: job.kind === 'deploy' && payload.new_traffic !== null,
          },
          context.command({ secrets }),
        ),
      payload,
    );
    context.remember({ output: output.output.slice(-OUTPUT_KEPT) });
  },
};

/** Senza's output in the last command of this step so far; null before, and when its worker crashed while it ran. */
export function keptOutput({ record }: StepContext<unknown>): string | null {
  return z.string().safeParse(record.data['output']).data ?? null;
}

function tagsOf(payload: DefinitionPayload, jobId: string, definitionDigest: string): ReadonlyMap<string, string> {
  const tags = new Map(agentTags(payload, { lizzyVersion, jobId, definitionDigest }));
  for (const tag of payload.tags) {
    const split = tag.indexOf('=');
    tags.set(tag.slice(0, split), tag.slice(split + 1));
  }
  return tags;
}
