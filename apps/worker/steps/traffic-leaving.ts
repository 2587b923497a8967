import { JobFailure } from '#jobs';
import { type StepContext } from '../runner/step-context.js';
import { type Sight } from '../runner/step.js';
import { trafficMemory } from './traffic-sight.js';
import { type StackVersion } from './versions.js';
import { type Weights } from './weights.js';

/**
 * How long a deletion is waited for, in milliseconds: as long as AWS may put a step off. A record goes early in a
 * deletion, so one that keeps its weight for longer hangs. That is for somebody to look at, who would rather be told than
 * have all switches of the application queue behind this one; the job tells it in `waiting_for` from the beginning.
 */
const LEAVING_LIMIT_MS = 15 * 60_000;

/**
 * A version that is being deleted and still has its weight is waited for: CloudFormation refuses to update it, which
 * would leave the switch half done, and the weight that goes with it would be missing from what Senza has computed.
 * Null when there is none.
 * @throws JobFailure `stack_busy` when that takes too long
 */
export async function waitForLeaving(
  context: StepContext<unknown>,
  versions: readonly StackVersion[],
  standing: Weights,
): Promise<Sight | null> {
  const leaving = versions.find(({ name, status }) => status === 'DELETE_IN_PROGRESS' && (standing[name] ?? 0) > 0);
  if (leaving === undefined) {
    context.remember({ leaving_since: null });
    return null;
  }
  const now = await context.around.now();
  const since = trafficMemory.parse(context.record.data).leaving_since ?? now;
  context.remember({ leaving_since: since });
  if (now - since > LEAVING_LIMIT_MS) {
    const share = standing[leaving.name] ?? 0;
    throw new JobFailure(
      'stack_busy',
      `The stack ${leaving.name} is being deleted and still gets ${share} % of the traffic after 15 minutes: ` +
        'CloudFormation does not let that be changed. See in its events what keeps it, and try again when it is gone.',
      { stack: leaving.name, weights: standing },
    );
  }
  return { seen: 'under_way', wait: { reason: 'cloudformation', stack: leaving.name, state: leaving.status } };
}
