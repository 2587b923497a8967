import { type DomainWeights } from '#aws';
import { type DomainShares, domainShares, timestamp, type UnownedRecord, unownedRecord } from '#jobs';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type StepContext } from '../../engine/step-context.js';
import { type Step } from '../../engine/step.js';
import { splitStackName, versionsOf } from '../stack-versions.js';
import { updateInProgress } from './checks.js';
import { readWeights } from '../weights.js';

const recorded = z.object({
  traffic_before: z.array(domainShares).nullable().default(null),
  traffic_records: z.array(unownedRecord).default([]),
  traffic_started_at: z.string().nullable().default(null),
});

/** What was recorded before the first command. */
function recordedBefore(context: StepContext<unknown>): z.output<typeof recorded> {
  return recorded.parse(context.record.data);
}

/**
 * A step that changes traffic, with a durable record of the change: before its first command, when it is done, and when it
 * failed or was cancelled. `isNoChange`: whether a step that had nothing to do requested no traffic, and supersedes nothing.
 */
export function recordTraffic<Payload>(
  step: Step<Payload>,
  { isNoChange = () => false }: { isNoChange?: (payload: Payload) => boolean } = {},
): Step<Payload> {
  return {
    ...step,

    async observe(context) {
      context.lastWeights = null;
      const observation = await step.observe(context);
      const isFirst = context.record.journal.length === 0;
      if (observation.state === 'done' && !(isFirst && isNoChange(context.payload))) {
        await record(context, { hasFinished: true, after: await applicationTraffic(context), effective: true });
      }
      return observation;
    },

    async apply(context) {
      if (recordedBefore(context).traffic_before === null) {
        context.remember({
          traffic_before: await applicationTraffic(context),
          traffic_records: await unownedRecords(context),
          traffic_started_at: timestamp(await context.services.now()),
        });
        await record(context, { hasFinished: false, after: null, effective: true });
      }
      await step.apply?.(context);
    },

    async describeState(context) {
      context.lastWeights = null;
      const state = (await step.describeState?.(context)) ?? {};
      const { traffic_before: before } = recordedBefore(context);
      if (before !== null) {
        const after = await applicationTraffic(context);
        // CloudFormation completes the updates that a command has started, also one that was terminated or has failed.
        const isUpdating = await areStacksUpdating(context, before);
        const isChanged = !isDeepStrictEqual(before, after);
        const isStarted = isUpdating || context.record.journal.some(({ succeeded }) => succeeded === true);
        const isFinal = !isUpdating && (isChanged || !isStarted);
        await record(context, {
          hasFinished: true,
          after: isFinal ? after : null,
          effective: isChanged || isStarted,
        });
      }
      return state;
    },
  };
}

/** Whether an update of a stack that the change concerns is in progress: the weights are not final. */
async function areStacksUpdating(context: StepContext<unknown>, before: readonly DomainShares[]): Promise<boolean> {
  const names = [context.stack.id, ...before.flatMap(({ weights }) => Object.keys(weights))];
  return (await updateInProgress(context, await versionsOf(context), names)) !== null;
}

async function record(
  context: StepContext<unknown>,
  { hasFinished, after, effective }: { hasFinished: boolean; after: DomainShares[] | null; effective: boolean },
): Promise<void> {
  const { traffic_before: before, traffic_records: records, traffic_started_at: startedAt } = recordedBefore(context);
  const now = timestamp(await context.services.now());
  await context.recordTraffic({
    started_at: startedAt ?? now,
    finished_at: hasFinished ? now : null,
    before: before ?? after ?? [],
    records,
    after,
    effective,
  });
}

/**
 * The weights of all domains of the job's application, also of records that belong to no stack: as the current observation
 * has read them, since Route 53 allows few calls.
 */
async function applicationTraffic(context: StepContext<unknown>): Promise<DomainShares[]> {
  return sharesOf(context.lastWeights ?? (await readWeights(context, await versionsOf(context))));
}

/** The weights of domains, in a fixed order. */
export function sharesOf(domains: readonly DomainWeights[]): DomainShares[] {
  return domains
    .map(({ domain, variant, weights }) => ({
      domain,
      variant,
      weights: Object.fromEntries([...weights].toSorted(byIdentifier)),
    }))
    .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

function keyOf({ domain, variant }: DomainShares): string {
  return `${domain} ${variant ?? ''}`;
}

/**
 * The records that belong to no version of the application: a switch to 100 % removes them, and a rollback restores them. AWS lists
 * a new stack some seconds late: those that are named like a version are looked up. Without that, a rollback after the
 * deletion of such a version would send the traffic to a record of nothing.
 */
async function unownedRecords(context: StepContext<unknown>): Promise<UnownedRecord[]> {
  const { services, stack, signal } = context;
  const listed = new Set((await versionsOf(context)).map(({ name }) => name));
  const records = new Map(
    (context.lastWeights ?? [])
      .flatMap((each) => each.records)
      .map((each) => [`${each.zone} ${each.record.Type} ${each.record.Name} ${each.record.SetIdentifier ?? ''}`, each]),
  );
  const identifiers = new Set([...records.values()].map(({ record }) => record.SetIdentifier ?? ''));
  const unlisted = [...identifiers].filter((each) => !listed.has(each) && splitStackName(each)?.name === stack.name);
  const found = await Promise.all(unlisted.map((name) => services.aws.stackByName(stack.region, name, signal)));
  const versions = new Set([...listed, ...found.flatMap((each) => each?.name ?? [])]);
  const unowned = [...records.values()].filter(({ record }) => !versions.has(record.SetIdentifier ?? ''));
  return z.array(unownedRecord).parse(unowned);
}

function byIdentifier([one]: [string, number], [other]: [string, number]): number {
  return one < other ? -1 : 1;
}
