import { JOB_KINDS } from '#jobs';
import { runnableKind } from '../engine/step.js';
import { cleanUp } from '../steps/clean-up.step.js';
import { create } from '../steps/create.step.js';
import { newestWins } from '../steps/newest-wins.js';
import { recordTraffic } from '../steps/traffic/record-traffic.js';
import { removeFailed } from '../steps/remove-failed.step.js';
import { traffic as switchTraffic } from '../steps/traffic/traffic.step.js';
import { validate } from '../steps/create.step.js';
import { waitFor } from '../steps/wait.step.js';

const traffic = newestWins(recordTraffic(switchTraffic, { isNoChange: ({ new_traffic }) => new_traffic === 0 }));
const cleanUpAfterTraffic = newestWins(cleanUp, { repeats: true });

/** A whole deployment: creates the stack, waits for it, and, if requested, switches traffic and cleans up. */
export const deploy = runnableKind(JOB_KINDS.deploy, ({ dry_run, new_traffic, keep_stacks, if_exists }, { retry }) => [
  ...(retry || (if_exists === 'retry_failed' && !dry_run) ? [removeFailed] : []),
  validate,
  create,
  ...(dry_run ? [] : [waitFor('create')]),
  ...(dry_run || new_traffic === null ? [] : [traffic]),
  ...(dry_run || keep_stacks === null ? [] : [new_traffic === null ? cleanUp : cleanUpAfterTraffic]),
]);
