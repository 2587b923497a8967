import { AwsError, isOwnFailure, NESTED_STACK, type StackEvent, type StackSummary } from '#aws';
import { type StackEventEntry, type StackProgress } from '#jobs';
import { type StepContext } from '../engine/step-context.js';
import { secretsMask } from './secrets-mask.js';
import { type ReadState, stateOf } from './stack-events-state.js';
import { type StackOperation } from './stack-phase.js';

/** How often events are read for a job that no client follows, in milliseconds, while the stack's status is the same. */
const UNWATCHED_INTERVAL_MS = 30_000;
/** Calls reserved for jobs that a client follows, and for stacks that have changed their status. */
const RESERVED_CALLS = 10;
/** How many stacks are read at once, nested ones included. */
const STACKS_LIMIT = 20;
/** How long a reason may be, in characters. */
const REASON_LIMIT = 2_000;
/** The statuses whose reasons can quote properties of a resource. */
const FAILED = /FAILED|ROLLBACK/;
/** The statuses of a resource that has been created or updated. */
const COMPLETE = /^(CREATE|UPDATE|IMPORT)_COMPLETE$/;
/** Assumed accuracy of the clocks of Redis and AWS, in milliseconds. */
const CLOCK_TOLERANCE_MS = 5_000;

/** An event, and the nested stacks that it is in. */
interface FoundEvent {
  readonly event: StackEvent;
  readonly path: string;
}

/**
 * Appends what CloudFormation has reported since the last call to the job's events: of the stack and of nested stacks, in the
 * order of their times. Events are read within the budget of calls that all jobs share (`services.eventCalls`): at each call
 * for a job that a client follows, or whose stack has changed its status; otherwise twice a minute. What the budget or
 * AWS refuses now is read later. Events from before the job are left out: of a stack that it continues with, or updates.
 * @param operation `update`: events that the step of that name has reported are left out, too
 * @param isLast whether the job will not wait any longer: events are read in any case
 */
export async function reportStackEvents<P>(
  context: StepContext<P>,
  stack: Pick<StackSummary, 'id' | 'status'>,
  operation: StackOperation,
  { isLast = false } = {},
): Promise<void> {
  const { services, job } = context;
  const state = stateOf(context, operation);
  const readAt = await services.now();
  const isUrgent = isLast || state.status !== stack.status || (await services.watched.has(job.id));
  if (!isUrgent && readAt - state.read_at < UNWATCHED_INTERVAL_MS) return;
  const since = context.jobStartedAt - CLOCK_TOLERANCE_MS;
  const pass = new ReadingPass(context, state, isUrgent ? 0 : RESERVED_CALLS);
  // The resources that a creation has completed before the job count as complete, too.
  const isComplete = await pass.read(stack.id, operation === 'update' ? since : 0);
  const { entries, hasFailed } = pass.entries(since);
  if (pass.refusal !== null && !state.is_refused) context.log(`What CloudFormation does is not shown: ${pass.refusal}`);
  await context.recordStackEvents(entries, {
    stack_events: {
      read_at: isComplete ? readAt : state.read_at,
      status: isComplete ? stack.status : state.status,
      has_failed: hasFailed,
      is_refused: state.is_refused || pass.refusal !== null,
      progress: pass.progress(await templateTotal(context, stack, operation, state)),
      resources: pass.resources,
      stacks: pass.stacks,
    },
  });
}

/** How many resources a new stack will have, read once; 0 when that is unknown: an update does not change all of them. */
async function templateTotal<P>(
  { services, stack, signal }: StepContext<P>,
  { id }: Pick<StackSummary, 'id'>,
  operation: StackOperation,
  { progress }: ReadState,
): Promise<number> {
  if (progress !== null || operation === 'update') return progress?.total ?? 0;
  if (!(await services.eventCalls.tryAcquire(stack.region, 1, 0))) return 0;
  const template = await services.aws.template(stack.region, id, signal).catch((error: unknown) => {
    if (error instanceof AwsError) return null;
    throw error;
  });
  return template?.resourceCount ?? 0;
}

/** One reading of a stack and its nested stacks. */
class ReadingPass<P> {
  readonly stacks: ReadState['stacks'];
  readonly resources: ReadState['resources'];
  /** Why AWS does not let the workers read events; null when it does. */
  refusal: string | null = null;
  private readonly found: FoundEvent[] = [];
  private readonly done = new Set<string>();

  constructor(
    private readonly context: StepContext<P>,
    private readonly state: ReadState,
    private readonly reserve: number,
  ) {
    this.stacks = structuredClone(state.stacks);
    this.resources = { ...state.resources };
  }

  /** Reads new events; false when the budget or AWS refused a call. @param since ignores events from before, in ms */
  async read(root: string, since: number): Promise<boolean> {
    const { services, stack, signal } = this.context;
    this.stacks[root] ??= { path: '', last: null, is_open: true };
    const open = Object.keys(this.stacks).filter((id) => id !== root && this.stacks[id]?.is_open === true);
    const queue = [root, ...open];
    for (let id = queue.shift(); id !== undefined && this.done.size < STACKS_LIMIT; id = queue.shift()) {
      if (this.done.has(id)) continue;
      if (!(await services.eventCalls.tryAcquire(stack.region, 1, this.reserve))) return false;
      const last = this.stacks[id]?.last ?? null;
      const events = await services.aws.newStackEvents(stack.region, id, last, signal).catch((error: unknown) => {
        if (!(error instanceof AwsError)) throw error;
        if (error.code === 'refused') this.refusal = error.message;
        return null;
      });
      if (events === null) return false;
      this.done.add(id);
      const masked = await this.withoutSecrets(events.filter(({ at }) => at.getTime() >= since));
      queue.push(...this.take(id, masked.toReversed()));
    }
    return true;
  }

  /** How far the job's own stack is. @param total how many resources it will have; 0: unknown */
  progress(total: number): StackProgress {
    const [last] = this.found.toSorted((one, other) => other.event.at.getTime() - one.event.at.getTime());
    return {
      complete: Object.values(this.resources).filter(Boolean).length,
      total: Math.max(total, Object.keys(this.resources).length),
      last_event: last === undefined ? (this.state.progress?.last_event ?? null) : lastEvent(last),
    };
  }

  /**
   * The events that were read, oldest first. The first failure is marked once per job.
   * @param since leaves out events from before, in ms
   */
  entries(since: number): { entries: StackEventEntry[]; hasFailed: boolean } {
    const sorted = this.found
      .filter(({ event }) => event.at.getTime() >= since)
      .toSorted((one, other) => one.event.at.getTime() - other.event.at.getTime());
    const first = this.state.has_failed ? undefined : this.cause(sorted);
    const entries = sorted.map((found) => this.entry(found, found === first));
    return { entries, hasFailed: this.state.has_failed || first !== undefined };
  }

  /** The definition is parsed only when something has failed: other reasons quote nothing. */
  private async withoutSecrets(events: readonly StackEvent[]): Promise<StackEvent[]> {
    if (!events.some(({ status }) => FAILED.test(status))) return [...events];
    const mask = await secretsMask(this.context);
    return events.map((event) => ({ ...event, reason: mask(event.reason) }));
  }

  /** Takes events of one stack, oldest first; returns the nested stacks that they are about. */
  private take(id: string, events: readonly StackEvent[]): string[] {
    const own = this.stacks[id];
    if (own === undefined) return [];
    const nested: string[] = [];
    for (const event of events) {
      this.found.push({ event, path: own.path });
      own.last = event.id;
      if (own.path === '' && !event.isStackEvent) this.resources[event.logicalId] = COMPLETE.test(event.status);
      if (event.isStackEvent) own.is_open = event.status.endsWith('_IN_PROGRESS');
      else if (event.type === NESTED_STACK && event.physicalId !== '') {
        this.stacks[event.physicalId] ??= { path: `${own.path}${event.logicalId}/`, last: null, is_open: true };
        nested.push(event.physicalId);
      }
    }
    return nested;
  }

  /**
   * The event that shows why the stack failed: a resource. A nested stack is the cause only when all of its events are known and
   * none is a failure of a resource.
   */
  private cause(sorted: readonly FoundEvent[]): FoundEvent | undefined {
    const failures = sorted.filter(({ event }) => isOwnFailure(event));
    const isNested = ({ event }: FoundEvent): boolean => event.type === NESTED_STACK && event.physicalId !== '';
    const hasEnded = ({ event: { physicalId } }: FoundEvent): boolean =>
      this.done.has(physicalId) && this.stacks[physicalId]?.is_open === false;
    return failures.find((found) => !isNested(found)) ?? failures.find(hasEnded);
  }

  private entry({ event, path }: FoundEvent, isFirst: boolean): StackEventEntry {
    return {
      step: this.context.record.name,
      stack: this.context.stack.id,
      resource: event.isStackEvent && path !== '' ? path.slice(0, -1) : `${path}${event.logicalId}`,
      resource_type: event.type,
      status: event.status,
      reason: event.reason === '' ? null : event.reason.slice(0, REASON_LIMIT),
      occurred_at: event.at.toISOString(),
      is_first_failure: isFirst,
    };
  }
}

function lastEvent({ event, path }: FoundEvent): StackProgress['last_event'] {
  return {
    at: event.at.toISOString(),
    resource: `${path}${event.logicalId}`,
    type: event.type,
    status: event.status,
    reason: event.reason === '' ? null : event.reason.slice(0, REASON_LIMIT),
  };
}
