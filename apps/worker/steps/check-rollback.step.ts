import { type StackStatus } from '#aws';
import { type CheckResult, JobFailedError, type RollbackPayload } from '#jobs';
import { type Step } from '../engine/step.js';
import { applicationTraffic } from './record-traffic.js';
import { isBeingUpdated, isUpdatable } from './stack-phase.js';
import { policyDenial } from './stack-policy.js';
import { versionsOf } from './stack-versions.js';

/**
 * Checks that the weights can be restored before anything is changed: every version that had traffic exists, and
 * CloudFormation can update it and every version that has traffic now.
 */
export const checkRollback: Step<RollbackPayload> = {
  name: 'check',

  async observe(context) {
    const { payload, stack, services, signal } = context;
    if (!payload.dry_run) await context.announceRollback();
    const current = await applicationTraffic(context);
    const wanted = payload.moves.map(({ version }) => `${stack.name}-${version}`);
    const receiving = current.flatMap(({ weights }) => Object.keys(weights).filter((id) => (weights[id] ?? 0) > 0));
    // A record with traffic that belongs to no version (a legacy system, another region) has no stack to update.
    const versions = new Set((await versionsOf(context)).map(({ name }) => name));
    const updated = new Set([...wanted, ...receiving.filter((id) => versions.has(id))]);
    // By name: a listing can still have a stack that was deleted some seconds ago.
    const found = await Promise.all(
      [...updated].map(async (id) => [id, await services.aws.stackByName(stack.region, id, signal)] as const),
    );
    const obstacles = found.flatMap(([id, version]) =>
      version === null && !wanted.includes(id) ? [] : obstacle(id, version?.status),
    );
    const domains = current.map(({ domain }) => domain);
    for (const id of obstacles.length === 0 ? updated : []) {
      const denial = await policyDenial(context, id, domains);
      if (denial !== null) obstacles.push(denial);
    }
    if (obstacles.length > 0) {
      throw new JobFailedError(
        'traffic_refused',
        `The weights from before job ${payload.undoes} cannot be restored: ${obstacles.join('; ')}. Nothing was changed.`,
        { undoes: payload.undoes, obstacles },
      );
    }
    return {
      state: 'done',
      message: payload.dry_run ? 'the weights can be restored; nothing was changed' : 'the weights can be restored',
      result: {
        undoes: payload.undoes,
        current: current.map((each) => ({ ...each })),
        target: payload.target.map((each) => ({ ...each })),
        moves: payload.moves.map((each) => ({ ...each })),
      } satisfies CheckResult,
    };
  },
};

function obstacle(id: string, status: StackStatus | undefined): string[] {
  if (status === undefined) return [`${id} does not exist any more`];
  // The traffic step waits for a stack that is being updated.
  return isUpdatable(status) || isBeingUpdated(status) ? [] : [`${id} is ${status} and cannot be updated`];
}
