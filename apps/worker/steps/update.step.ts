import { type Stack } from '#aws';
import { JobFailedError, type UpdateResult } from '#jobs';
import { senzaUpdate } from '#senza/commands/update.js';
import { z } from 'zod';
import { type StepContext } from '../engine/step-context.js';
import { type Observation, type Step } from '../engine/step.js';
import { keptOutput, OUTPUT_KEPT } from './create.step.js';
import { stackNotFound } from './find-stack.step.js';
import { readDeployment } from './read-deployment.js';
import { reportStackEvents } from './report-stack-events.js';
import { adviceOnStuck, isUpdatable } from './stack-phase.js';

interface Payload {
  readonly senza_yaml: string;
  readonly parameters: readonly string[];
  readonly disable_rollback: boolean;
  readonly dry_run: boolean;
}

const updateState = z.object({
  /** The stack before the update: its ARN, and when its last update before this one started. */
  before: z.object({ id: z.string(), updated_at: z.string().nullable() }).nullable().default(null),
  /** False: CloudFormation had nothing to update. */
  changed: z.boolean().default(true),
});

/**
 * `senza update`, done when CloudFormation has started the update. Whether it has is read from the time of the stack's
 * last update: no other job updates the stack from the first command on, because this step holds the lock of the stack name.
 */
export const update: Step<Payload> = {
  name: 'update',
  locksStackName: true,
  releasesLockWhileWaiting: 'until_first_change',

  async observe(context) {
    const { payload, stack, services, signal, record } = context;
    if (payload.dry_run && context.hasApplied) {
      return { state: 'done', message: 'Senza accepts the definition', result: { output: keptOutput(context) } };
    }
    const found = await services.aws.stackByName(stack.region, stack.id, signal);
    if (found === null || found.status.startsWith('DELETE_')) throw stackNotFound(stack.id);
    const { before, changed } = updateState.parse(record.data);
    if (record.journal.length > 0 && before !== null) {
      if (found.id !== before.id) throw stackReplaced(stack.id);
      if (!changed) return done(context, found, 'there was nothing to update');
      if (updatedAt(found) !== before.updated_at) return done(context, found, 'CloudFormation updates the stack');
    }
    if (found.status.endsWith('_IN_PROGRESS')) {
      await reportStackEvents(context, found, 'update');
      return { state: 'in_progress', wait: { reason: 'cloudformation', stack: stack.id, state: found.status } };
    }
    if (!isUpdatable(found.status)) throw notUpdatable(found, stack.region);
    if (!payload.dry_run) await assertNoTraffic(context);
    context.remember({ before: { id: found.id, updated_at: updatedAt(found) } });
    return { state: 'not_started' };
  },

  async apply(context) {
    const { payload, stack, services, signal } = context;
    const deniedUpdates = await services.aws.deniedUpdates(stack.region, stack.id, signal);
    const { senzaYaml, parameters, secrets, digest } = await readDeployment(context);
    await context.masking(secrets);
    const { output, changed } = await context.whileChanging(
      () =>
        services.senza.run(
          senzaUpdate,
          {
            region: stack.region,
            stackName: stack.name,
            stackVersion: stack.version,
            definition: senzaYaml,
            parameters,
            dryRun: payload.dry_run,
            disableRollback: payload.disable_rollback,
            deniedUpdates,
            definitionDigest: digest,
          },
          context.command({ secrets }),
        ),
      payload,
    );
    context.remember({ changed, output: output.slice(-OUTPUT_KEPT) });
  },
};

function done(context: StepContext<Payload>, found: Stack, message: string): Observation {
  const { changed } = updateState.parse(context.record.data);
  context.remember({ stack_id: found.id, status: found.status });
  return {
    state: 'done',
    message,
    result: {
      stack: context.stack.id,
      stack_id: found.id,
      changed,
      output: keptOutput(context),
    } satisfies UpdateResult,
  };
}

function updatedAt({ updatedAt }: Stack): string | null {
  return updatedAt?.toISOString() ?? null;
}

/** Senza's components write weight 0 into each template (`"Weight": 0` in senza/components), so an update removes the traffic. */
async function assertNoTraffic(context: StepContext<Payload>): Promise<void> {
  const { services, stack, signal } = context;
  const domains = await services.aws.domainsWithTraffic(stack.region, stack.id, signal);
  if (domains.size === 0) return;
  throw new JobFailedError(
    'stack_has_traffic',
    `The stack ${stack.id} receives traffic, and an update by Senza sets its weight to 0. Nothing was changed. ` +
      'Switch its traffic to another version first, or deploy a new version.',
    { stack: stack.id },
  );
}

function stackReplaced(id: string): JobFailedError {
  return new JobFailedError('stack_not_found', `The stack ${id} was deleted and created again by another process.`, {
    stack: id,
  });
}

function notUpdatable({ name, status }: Stack, region: string): JobFailedError {
  return new JobFailedError(
    'stack_not_updatable',
    `The stack ${name} is ${status}: CloudFormation does not update it. ${adviceOnStuck({ name, status }, region)}`,
    { stack: name, stack_status: status },
  );
}
