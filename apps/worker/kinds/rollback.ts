import { JOB_KINDS } from '#jobs';
import { runnableKind } from '../engine/step.js';
import { newestWins } from '../steps/newest-wins.js';
import { recordTraffic } from '../steps/traffic/record-traffic.js';
import { checkRollback } from '../steps/rollback/check-rollback.step.js';
import { restoreTraffic } from '../steps/rollback/restore-traffic.step.js';

/** `POST /api/applications/{name}/rollback`: restores the weights from before a traffic change. */
export const rollback = runnableKind(JOB_KINDS.rollback, ({ dry_run }) => [
  checkRollback,
  ...(dry_run ? [] : [newestWins(recordTraffic(restoreTraffic))]),
]);
