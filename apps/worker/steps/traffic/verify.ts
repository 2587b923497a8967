import { z } from 'zod';
import { type StepContext } from '../../engine/step-context.js';
import { type TrafficResult } from '#jobs';
import { type Observation } from '../../engine/step.js';
import { trafficRepair } from './repairs.js';
import {
  describeChanges,
  domainOf,
  domainWeightsSchema,
  formatWeights,
  leastFavourable,
  sameDomains,
  sameWeights,
  type Weights,
  type WeightsByDomain,
} from '../weights.js';

/** The payload of a job that switches traffic. */
export interface TrafficPayload {
  readonly new_traffic: number | null;
  readonly allow_traffic_loss: boolean;
}

/** How many times in total a switch is run, when Senza had to compute it again. */
const MAX_COMMANDS = 8;

const nullable = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);

/** What the traffic step stores between its observations and commands. */
export const trafficState = z
  .object({
    /** The weights before the first command, and before the last one. */
    domains_before: nullable(domainWeightsSchema),
    domains_from: nullable(domainWeightsSchema),
    /** What Senza announced; null while the last command was no whole switch. */
    domains_announced: nullable(domainWeightsSchema),
    /** How many repairs of a partially applied switch have succeeded. */
    repairs: z.number().default(0),
    /** Since when a stack is waited for that is being created or deleted, in milliseconds of the shared clock. */
    deleting_since: nullable(z.number()),
    /** Why CloudFormation rolled an update of the switch back. */
    rolled_back: nullable(z.string()),
    /** The domains whose locks are held: their weights were read since. */
    locked_domains: z.array(z.string()).default([]),
    /** The repairs of Senza that the command needs. */
    required_repairs: z.array(trafficRepair).default([]),
    /** The next command for Senza. */
    move: nullable(
      z.object({ purpose: z.enum(['switch', 'complete', 'undo']), version: z.string(), percentage: z.number() }),
    ),
  })
  .transform(({ domains_before: before, domains_from: from, domains_announced: announced, ...state }) => ({
    before,
    from,
    announced,
    ...state,
  }));

/** Compares the weights with what Senza announced; null when Senza was interrupted and has to run again. */
export function verifyTraffic(
  context: StepContext<TrafficPayload>,
  announced: WeightsByDomain,
  current: WeightsByDomain,
): Observation | null {
  const { stack, record } = context;
  const different = Object.entries(current).find(
    ([key, weights]) => !sameWeights(announcedFor(announced, key, stack.id), weights),
  );
  if (different !== undefined) {
    const why = `the weights are ${formatWeights(current)}, but Senza announced ${formatWeights(announced)}`;
    return { state: 'unknown', why };
  }
  const { from } = trafficState.parse(record.data);
  const wasCutOff = record.journal.some(({ succeeded }) => succeeded !== true);
  const hasMoved = from !== null && !sameDomains(from, current);
  const isMissed = !hasRequestedShare(context, current);
  // Computed from partially applied weights, the share can be missed; each further run of Senza gets closer, until nothing changes.
  if (wasCutOff && isMissed && hasMoved && record.journal.length < MAX_COMMANDS) return null;
  return trafficDone(context, current);
}

/** Senza prints no rows for a domain whose last version with traffic loses it. */
function announcedFor(announced: WeightsByDomain, key: string, stack: string): Weights {
  return announced[domainOf(key)] ?? { [stack]: 0 };
}

/** Whether the job's stack has the requested share of every domain. */
export function hasRequestedShare({ stack, payload }: StepContext<TrafficPayload>, current: WeightsByDomain): boolean {
  return Object.values(current).every((weights) => (weights[stack.id] ?? 0) === (payload.new_traffic ?? 0));
}

/**
 * The end of the step: the stack's share, and the weights before and after. `weights_before` and `weights_after` are those
 * of the domain whose share is furthest from the requested one; `domains` has all.
 */
export function trafficDone(context: StepContext<TrafficPayload>, current: WeightsByDomain): Observation {
  const { stack, payload, record } = context;
  const wanted = payload.new_traffic ?? 0;
  const before = trafficState.parse(record.data).before ?? current;
  const { domain, weights } = leastFavourable(current, stack.id, wanted);
  const share = weights[stack.id] ?? 0;
  const domains = Object.keys(current);
  const place = domains.length === 1 || share === wanted ? '' : ` of ${domain}`;
  const changes = describeChanges(before, current);
  const changed = record.journal.length === 0 ? ' already' : changes.length === 0 ? '' : ` (${changes.join('; ')})`;
  return {
    state: 'done',
    message:
      share === wanted
        ? `${stack.id} gets ${share} % of the traffic${domains.length === 1 ? '' : ` of ${domains.join(', ')}`}${changed}`
        : `${stack.id} gets ${share} % of the traffic${place} instead of ${wanted} %: Senza could not share it otherwise${changed}`,
    result: {
      weights_before: before[domain] ?? before[domainOf(domain)] ?? {},
      weights_after: weights,
      domains: domains.map((each) => ({
        domain: each,
        weights_before: before[each] ?? {},
        weights_after: current[each] ?? {},
      })),
      wanted,
      changed: record.journal.length > 0,
    } satisfies TrafficResult,
  };
}
