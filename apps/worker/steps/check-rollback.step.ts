import { type StackStatus } from '#aws';
import { type CheckResult, JobFailedError, type RollbackPayload } from '#jobs';
import { type Step } from '../engine/step.js';
import { applicationTraffic } from './record-traffic.js';
import { isBeingUpdated, isUpdatable } from './stack-phase.js';
import { versionsOf } from './stack-versions.js';

/**
 * Checks that the weights can be restored before anything is changed: every version that had traffic exists, and
 * CloudFormation can update it and every version that has traffic now.
 */
export const checkRollback: Step<RollbackPayload> = {
  name: 'check',

  async observe(context) {
    const { payload, stack } = context;
    if (!payload.dry_run) await context.announceRollback();
    const statuses = new Map((await versionsOf(context)).map(({ name, status }) => [name, status]));
    const current = await applicationTraffic(context);
    const wanted = payload.moves.map(({ version }) => `${stack.name}-${version}`);
    const receiving = current.flatMap(({ weights }) => Object.keys(weights).filter((id) => (weights[id] ?? 0) > 0));
    const obstacles = [...new Set([...wanted, ...receiving])].flatMap((id) => obstacle(id, statuses.get(id)));
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
