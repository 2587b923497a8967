import { type CheckResult, JobFailedError, type RollbackPayload } from '#jobs';
import { type Step } from '../../engine/step.js';
import { sharesOf } from '../traffic/record-traffic.js';
import { versionsOf } from '../stack-versions.js';
import { obstaclesOf, planRestore } from './restore-plan.js';

/**
 * Checks that the weights can be restored before anything is changed: each version that had traffic exists, and
 * CloudFormation can update every version whose weight changes.
 */
export const checkRollback: Step<RollbackPayload> = {
  name: 'check',

  async observe(context) {
    const { payload, services } = context;
    if (!payload.dry_run) await context.announceRollback();
    if (!services.senza.hasRepair('weights_per_domain') || !services.senza.hasRepair('keep_no_echo_values')) {
      throw new JobFailedError(
        'traffic_refused',
        'This worker runs Senza without the runtime or its repairs (SENZA_COMMAND, SENZA_REPAIRS), and Senza itself cannot ' +
          'set exact weights. Nothing was changed. Set the traffic of a version with PATCH /api/stacks/{id}.',
        { undoes: payload.undoes },
      );
    }
    const plan = await planRestore(context, await versionsOf(context), payload.target);
    const obstacles = await obstaclesOf(context, plan);
    if (obstacles.length > 0) {
      throw new JobFailedError(
        'traffic_refused',
        `The weights from before job ${payload.undoes} cannot be restored: ${obstacles.join('; ')}. Nothing was changed.`,
        { undoes: payload.undoes, obstacles },
      );
    }
    const changes = plan.changes.map((each) => ({ ...each }));
    const words = changes.map(
      ({ domain, identifier, weight_before: before, weight_after: after }) =>
        `${domain}: ${identifier} ${before} -> ${after} %`,
    );
    const summary = words.length === 0 ? 'the weights are in place already' : words.join('; ');
    return {
      state: 'done',
      message: payload.dry_run ? `${summary}; nothing was changed` : summary,
      result: {
        undoes: payload.undoes,
        current: sharesOf(plan.current),
        target: payload.target,
        changes,
      } satisfies CheckResult,
    };
  },
};
