import { JobFailedError } from '#jobs';
import { type StepContext } from '../../engine/step-context.js';
import { type TrafficPayload, trafficState } from './verify.js';
import { type StackVersion } from '../stack-versions.js';
import { type Weights } from '../weights.js';
import { type Observation } from '../../engine/step.js';

/**
 * Refuses a switch that would do harm.
 * @throws JobFailure `traffic_refused` when the domain would be left without any traffic and that was not allowed, when
 *   a version with traffic could not be deleted: CloudFormation takes no more updates of it, and the switch would end half
 *   done, or when a stack with a NoEcho parameter would be updated by a Senza that is not repaired: it updates stacks with their
 *   parameters as CloudFormation shows them, and would write asterisks into it
 */
export async function checkTrafficChange(
  context: StepContext<TrafficPayload>,
  versions: readonly StackVersion[],
  standing: Weights,
): Promise<void> {
  const { stack, payload } = context;
  const wanted = payload.new_traffic ?? 0;
  const others = Object.entries(standing).filter(([id, weight]) => id !== stack.id && weight > 0);
  if (wanted === 0 && others.length === 0 && !payload.allow_traffic_loss) {
    throw new JobFailedError(
      'traffic_refused',
      `${stack.id} is the only version with traffic: to switch it to 0 % would leave the domain without any. ` +
        'Send "allow_traffic_loss": true to do it all the same.',
      { stack: stack.id, weights: standing },
    );
  }
  const stuck = versions.find(({ name, status }) => status === 'DELETE_FAILED' && (standing[name] ?? 0) > 0);
  if (stuck !== undefined) {
    throw new JobFailedError(
      'traffic_refused',
      `The stack ${stuck.name} is ${stuck.status} and still gets ${standing[stuck.name] ?? 0} % of the traffic: ` +
        'CloudFormation does not let that be changed. See in its events what stays, delete it for good, and try again.',
      { stack: stuck.name, weights: standing },
    );
  }
  await checkNoEchoParameters(context, [stack.id, ...others.map(([id]) => id)]);
}

async function checkNoEchoParameters(
  context: StepContext<TrafficPayload>,
  updated: readonly string[],
): Promise<void> {
  const { services, stack, signal } = context;
  for (const id of updated) {
    if (!(await services.aws.hasNoEchoParameter(stack.region, id, signal))) continue;
    context.remember({ no_echo: true });
    if (services.senza.hasRepair('keep_no_echo_values')) return;
    throw new JobFailedError(
      'traffic_refused',
      `The switch would update the stack ${id}, which has a NoEcho parameter: Senza would overwrite it with asterisks.`,
      { stack: id },
    );
  }
}

/**
 * How long a deletion is waited for, in milliseconds: as long as AWS may put a step off. A record goes early in a
 * deletion, so one that keeps its weight for longer hangs. That is for somebody to look at, who would rather be told than
 * have all switches of the application queue behind this one; the job tells it in `waiting_for` from the beginning.
 */
const DELETING_VERSIONS_LIMIT_MS = 15 * 60_000;

/**
 * A version that is being deleted and still has its weight is waited for: CloudFormation refuses to update it, which
 * would leave the switch half done, and the weight that goes with it would be missing from what Senza has computed.
 * Null when there is none.
 * @throws JobFailure `stack_busy` when that takes too long
 */
export async function waitForDeletingVersions(
  context: StepContext<unknown>,
  versions: readonly StackVersion[],
  standing: Weights,
): Promise<Observation | null> {
  const leaving = versions.find(({ name, status }) => status === 'DELETE_IN_PROGRESS' && (standing[name] ?? 0) > 0);
  if (leaving === undefined) {
    context.remember({ deleting_since: null });
    return null;
  }
  const now = await context.services.now();
  const since = trafficState.parse(context.record.data).deleting_since ?? now;
  context.remember({ deleting_since: since });
  if (now - since > DELETING_VERSIONS_LIMIT_MS) {
    const share = standing[leaving.name] ?? 0;
    throw new JobFailedError(
      'stack_busy',
      `The stack ${leaving.name} is being deleted and still gets ${share} % of the traffic after 15 minutes: ` +
        'CloudFormation does not let that be changed. See in its events what keeps it, and try again when it is gone.',
      { stack: leaving.name, weights: standing },
    );
  }
  return { state: 'in_progress', wait: { reason: 'cloudformation', stack: leaving.name, state: leaving.status } };
}
