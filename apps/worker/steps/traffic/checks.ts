import { type StackStatus, type StackSummary } from '#aws';
import { JobFailedError } from '#jobs';
import { type StepContext } from '../../engine/step-context.js';
import { type Observation } from '../../engine/step.js';
import { stackCommand } from '../stack-command.js';
import { versionsOf } from '../stack-versions.js';
import { adviceOnStuck, isBeingUpdated, isUpdatable } from '../stack-phase.js';
import { policyDenial } from '../stack-policy.js';
import { domainOf, identifiersWithTraffic, type Traffic, type WeightsByDomain } from '../weights.js';
import { requiredRepairs } from './repairs.js';
import { type TrafficPayload, trafficState } from './verify.js';

/** What CloudFormation accepts as the name of a stack; a record's identifier can be any text. */
const STACK_NAME = /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/;

/** Transitional statuses. */
const UNSETTLED: readonly StackStatus[] = ['CREATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'DELETE_IN_PROGRESS'];

/**
 * The stacks that a switch updates: the job's own, and those that receive traffic of its domains. A record that belongs to no
 * stack of the region (a legacy system, another region) has none to update. Their states are read by name: a listing can
 * lag by some seconds.
 */
export async function updatedStacks(
  context: StepContext<unknown>,
  domains: WeightsByDomain,
): Promise<readonly StackSummary[]> {
  return await stacksNamed(context, new Set([context.stack.id, ...identifiersWithTraffic(domains)]));
}

/** The stacks of these names; other names, and those of no stack, are left out. */
export async function stacksNamed(
  { services, stack, signal }: StepContext<unknown>,
  names: ReadonlySet<string>,
): Promise<readonly StackSummary[]> {
  const isStackName = (name: string): boolean => STACK_NAME.test(name);
  const found = await Promise.all(
    [...names].filter(isStackName).map((name) => services.aws.stackByName(stack.region, name, signal)),
  );
  return found.filter((each) => each !== null);
}

/**
 * Waits for updates of the application's stacks before the weights are read, because weights change while an update is in progress. The
 * listing shows an update some seconds late, so the stacks that a command of this step has started to update, even if it failed, are
 * waited for as well.
 * @param started the names of the stacks that the command can have updated
 */
export async function updateInProgress(
  context: StepContext<unknown>,
  versions: readonly StackSummary[],
  started: readonly string[],
): Promise<Observation | null> {
  const listed = versions.find(({ status }) => isBeingUpdated(status));
  if (listed !== undefined) return inProgress(listed);
  if (context.record.journal.length === 0) return null;
  const updating = (await stacksNamed(context, new Set(started))).find(({ status }) => isBeingUpdated(status));
  return updating === undefined ? null : inProgress(updating);
}

/**
 * Rejects a harmful switch before anything is changed.
 * @throws JobFailedError `traffic_refused`
 *   - when a record of the stack has another set identifier than the stack's name;
 *   - when a domain would have no traffic, or clients would stay with an older version because of its AAAA record, unless
 *     `allow_traffic_loss` is set;
 *   - when CloudFormation would reject or roll back one of the stack updates, so that the switch would be applied partially;
 *   - when Senza without its repairs would set wrong weights, or overwrite a NoEcho parameter with asterisks
 */
export async function checkTrafficChange(
  context: StepContext<TrafficPayload>,
  stacks: readonly StackSummary[],
  traffic: Traffic,
): Promise<void> {
  await assertOwnIdentifiers(context, traffic.domains);
  assertTrafficIsKept(context, traffic.domains);
  assertSameRecords(context, traffic);
  assertUpdatable(context.stack.region, stacks, traffic.domains);
  await assertPoliciesAllow(context, stacks, traffic.domains);
  await assertRepaired(context, stacks, traffic);
}

function assertTrafficIsKept({ stack, payload }: StepContext<TrafficPayload>, domains: WeightsByDomain): void {
  if ((payload.new_traffic ?? 0) !== 0 || payload.allow_traffic_loss) return;
  for (const [domain, weights] of Object.entries(domains)) {
    const others = Object.entries(weights).filter(([identifier, weight]) => identifier !== stack.id && weight > 0);
    if ((weights[stack.id] ?? 0) === 0 || others.length > 0) continue;
    throw new JobFailedError(
      'traffic_refused',
      `${stack.id} is the only version with traffic of ${domain}: switched to 0 %, the domain would have none. ` +
        'Send "allow_traffic_loss": true to do it nevertheless.',
      { stack: stack.id, domain, weights },
    );
  }
}

/** Senza takes a record with another set identifier than the stack's name for one that belongs to no stack, and would delete it. */
async function assertOwnIdentifiers(context: StepContext<unknown>, domains: WeightsByDomain): Promise<void> {
  const { services, stack, signal } = context;
  const versions = new Set((await versionsOf(context)).map(({ name }) => name));
  const others = Object.values(domains)
    .flatMap(Object.keys)
    .filter((identifier) => !versions.has(identifier));
  if (others.length === 0) return;
  const template = await services.aws.template(stack.region, stack.id, signal);
  const wrong = template?.identifiers.find((identifier) => others.includes(identifier));
  if (wrong === undefined) return;
  throw new JobFailedError(
    'traffic_refused',
    `A weighted record of ${stack.id} has the set identifier "${wrong}": a switch finds the record of a version by the name of its ` +
      'stack. Nothing was changed. Write SetIdentifier: "{{SenzaInfo.StackName}}-{{SenzaInfo.StackVersion}}" in the definition, and ' +
      'deploy it as a new version.',
    { stack: stack.id, identifier: wrong, domains },
  );
}

/** A and AAAA records of one name move together: not when the new version lacks one of them. */
function assertSameRecords({ stack, payload }: StepContext<TrafficPayload>, { unmatched, domains }: Traffic): void {
  const [record] = unmatched;
  if (record === undefined || (payload.new_traffic ?? 0) === 0 || payload.allow_traffic_loss) return;
  const { domain, kind, stack: other } = record;
  throw new JobFailedError(
    'traffic_refused',
    `${stack.id} has no ${kind} of ${domain}, and ${other} has one: clients that use it would stay with ${other}, ` +
      `whatever the weights. Nothing was changed. Add the record to the definition, or send "allow_traffic_loss": true to ` +
      'switch the other records nevertheless.',
    { stack: other, domain, domains },
  );
}

function assertUpdatable(region: string, stacks: readonly StackSummary[], domains: WeightsByDomain): void {
  const stuck = stacks.find(({ status }) => !isUpdatable(status));
  if (stuck === undefined) return;
  const shares = sharesOf(stuck.name, domains);
  throw new JobFailedError(
    'traffic_refused',
    `The stack ${stuck.name} is ${stuck.status}${shares}, and CloudFormation does not update a stack in that state. ` +
      adviceOnStuck(stuck, region),
    { stack: stuck.name, stack_status: stuck.status, domains },
  );
}

async function assertPoliciesAllow(
  context: StepContext<TrafficPayload>,
  stacks: readonly StackSummary[],
  domains: WeightsByDomain,
): Promise<void> {
  for (const { name } of stacks) {
    const denial = await policyDenial(context, name, Object.keys(domains).map(domainOf));
    if (denial === null) continue;
    throw new JobFailedError(
      'traffic_refused',
      `The switch would update the stack ${name}, and ${denial}. Nothing was changed. Change the policy ` +
        `(${stackCommand('set-stack-policy', name, context.stack.region)}), then try again.`,
      { stack: name, domains },
    );
  }
}

function sharesOf(stack: string, domains: WeightsByDomain): string {
  const shares = Object.entries(domains).flatMap(([domain, weights]) => {
    const share = weights[stack] ?? 0;
    return share > 0 ? [`${share} % of ${domain}`] : [];
  });
  return shares.length === 0 ? '' : ` and receives ${shares.join(', ')}`;
}

async function assertRepaired(
  context: StepContext<TrafficPayload>,
  stacks: readonly StackSummary[],
  traffic: Traffic,
): Promise<void> {
  const { services, stack, signal } = context;
  const [missing] = requiredRepairs(context, traffic).filter((name) => !services.senza.hasRepair(name));
  if (missing !== undefined) {
    throw new JobFailedError(
      'traffic_refused',
      `${stack.id} has several weighted records, or CNAME records (${Object.keys(traffic.domains).join(', ')}), which Senza switches ` +
        `correctly only with its repair ${missing}. This worker runs Senza without it (SENZA_REPAIRS, SENZA_COMMAND).`,
      { stack: stack.id, repair: missing },
    );
  }
  if (services.senza.hasRepair('keep_no_echo_values')) return;
  for (const { name } of stacks) {
    if (!(await services.aws.hasNoEchoParameter(stack.region, name, signal))) continue;
    throw new JobFailedError(
      'traffic_refused',
      `The switch would update the stack ${name}, which has a NoEcho parameter: Senza would overwrite it with asterisks.`,
      { stack: name },
    );
  }
}

/**
 * How long a stack is waited for that is being created or deleted, in milliseconds: as long as AWS can defer a step. A record is deleted early, so one that keeps its weight for longer hangs; better fail than let all switches
 * of the application queue behind this one. `waiting_for` reports it from the beginning.
 */
const UNSETTLED_LIMIT_MS = 15 * 60_000;

/**
 * Waits for a stack of the switch that is being created, updated or deleted: CloudFormation refuses to update it, so
 * the switch would be partially applied, and its weight would be missing from what Senza has computed. Null when there is none.
 * @throws JobFailedError `stack_busy` when that takes too long
 */
export async function waitForUnsettledStacks(
  context: StepContext<unknown>,
  stacks: readonly StackSummary[],
  domains: WeightsByDomain,
): Promise<Observation | null> {
  const updating = stacks.find(({ status }) => isBeingUpdated(status));
  if (updating !== undefined) return inProgress(updating);
  const unsettled = stacks.find(({ status }) => UNSETTLED.includes(status));
  if (unsettled === undefined) {
    context.remember({ deleting_since: null });
    return null;
  }
  const { name, status } = unsettled;
  const now = await context.services.now();
  const since = trafficState.parse(context.record.data).deleting_since ?? now;
  context.remember({ deleting_since: since });
  if (now - since > UNSETTLED_LIMIT_MS) {
    throw new JobFailedError(
      'stack_busy',
      `The stack ${name} is still ${status} after 15 minutes${sharesOf(name, domains)}: CloudFormation does not let that ` +
        'be changed. Its events say what keeps it; try again afterwards.',
      { stack: name, domains },
    );
  }
  return inProgress(unsettled);
}

/** The wait for a stack that CloudFormation is changing. */
function inProgress({ name, status }: StackSummary): Observation {
  return { state: 'in_progress', wait: { reason: 'cloudformation', stack: name, state: status } };
}
