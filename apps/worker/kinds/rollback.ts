import { JOB_KINDS, type RollbackPayload } from '#jobs';
import { runnableKind, type Step } from '../engine/step.js';
import { checkRollback } from '../steps/check-rollback.step.js';
import { newestWins } from '../steps/newest-wins.js';
import { recordTraffic } from '../steps/record-traffic.js';
import { type StepContext } from '../engine/step-context.js';
import { traffic } from '../steps/traffic/traffic.step.js';

/** `POST /api/applications/{name}/rollback`: restores the weights from before a traffic change. */
export const rollback = runnableKind(JOB_KINDS.rollback, ({ dry_run, moves }) => [
  checkRollback,
  ...(dry_run ? [] : moves.map((move, index) => newestWins(recordTraffic(trafficTo(move, index))))),
]);

/** The step `traffic` for one move of the rollback. The first one has the name `traffic`, the others are numbered. */
function trafficTo({ version, percentage }: RollbackPayload['moves'][number], index: number): Step<RollbackPayload> {
  const contextOf = (context: StepContext<RollbackPayload>): Parameters<typeof traffic.observe>[0] =>
    context.forVersion(version, { new_traffic: percentage, allow_traffic_loss: false });
  return {
    ...traffic,
    name: index === 0 ? traffic.name : `${traffic.name}_${index + 1}`,
    observe: (context) => traffic.observe(contextOf(context)),
    apply: async (context) => traffic.apply?.(contextOf(context)),
    isUrgent: async (context) => (await traffic.isUrgent?.(contextOf(context))) ?? false,
    describeState: async (context) => (await traffic.describeState?.(contextOf(context))) ?? {},
  };
}
