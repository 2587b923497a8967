import {
  EventFollower,
  type FeedEntry,
  type HistoryFilter,
  isTerminal,
  type JobEventEntry,
  JobStore,
  matchesFields,
  matchesTimes,
  SharedReads,
} from '#jobs';
import { type Caller } from '#auth';
import { Injectable } from '@nestjs/common';
import { type Readable } from 'node:stream';
import { callerOf, userKey } from '../../http/caller.decorator.js';
import { resumesAt, unknownPlace } from './event-place.js';
import { eventMembers } from './event-view.js';
import { type Chunks, EventStreams, type StreamClient } from './event-stream.js';
import { JobPresenter } from '../job.presenter.js';
import { JobsService } from '../jobs.service.js';
import { SSE_HEARTBEAT, SSE_PREAMBLE, sseEntries, sseEntry, sseError, sseEvent, sseText } from './sse.js';

/** How many jobs the snapshot of the stream of all jobs has. */
const SNAPSHOT_JOBS = 50;
/** Where a client says from which event it resumes. */
const PLACE = '/Last-Event-ID';

/** From where a client reads, and when its connection ends. `after` null: a client that does not resume. */
export interface StreamStart {
  readonly after: number | null;
  readonly signal: AbortSignal;
}

/** Server-Sent Events of one job, and of all jobs. */
@Injectable()
export class JobEventsService {
  private readonly snapshots = new SharedReads<string>();

  constructor(
    private readonly jobs: JobsService,
    private readonly store: JobStore,
    private readonly views: JobPresenter,
    private readonly follower: EventFollower,
    private readonly streams: EventStreams,
  ) {}

  /**
   * The events of one job, or null when the client has read the last one.
   * @throws ProblemError `job_not_found`, or `invalid_request` when the place is behind the last event
   */
  async job(client: StreamClient, id: string, { after, signal }: StreamStart): Promise<Readable | null> {
    const job = await this.jobs.get(id);
    const start = after ?? 0;
    const isOver = isTerminal(job.progress.status);
    if (after !== null && !(await resumesAt(this.follower, { id, after, pointer: PLACE })) && isOver) return null;
    const view = await this.views.one(job, callerOf(client.request));
    const chunks = eventChunks(this.follower.job(id, { after: start, signal }), start, jobEntry);
    return this.streams.start(client, chunks, sseError, SSE_PREAMBLE + sseEvent('snapshot', view));
  }

  /**
   * The events of all jobs that match; without a place to resume from, those from now on.
   * @throws ProblemError `invalid_request` when the place is behind the last event: nothing would come until as many have happened
   */
  async all(client: StreamClient, filter: HistoryFilter, { after, signal }: StreamStart): Promise<Readable> {
    // The place first: an event that comes while the snapshot is read is sent, too.
    const position = await this.follower.feedPosition();
    if (after !== null && after > position) throw unknownPlace(PLACE, `, whose last one is ${position}`);
    const start = after ?? position;
    const caller = callerOf(client.request);
    const key = [userKey(caller), caller.isAdmin, JSON.stringify(filter)].join(' ');
    const snapshot = await this.snapshots.read(key, () => this.snapshot(filter, caller));
    const chunks = eventChunks(this.follower.feed({ after: start, signal }), start, (entry) =>
      feedEntry(entry, filter),
    );
    return this.streams.start(client, chunks, sseError, SSE_PREAMBLE + snapshot);
  }

  /** The event with the latest jobs that match. */
  private async snapshot(filter: HistoryFilter, caller: Caller): Promise<string> {
    const { items } = await this.store.history.page({ filter, limit: SNAPSHOT_JOBS });
    const texts = await this.views.keptTexts(items, caller);
    return sseText('snapshot', `{"items":[${texts.join(',')}]}`);
  }
}

function jobEntry(entry: JobEventEntry): string {
  return sseEntry(entry, entry, entry.id, () => eventMembers(entry.event));
}

function feedEntry(source: FeedEntry, filter: HistoryFilter): string | null {
  const { id, entry, subject, status } = source;
  if (!matchesFields({ ...subject, status }, filter)) return null;
  // The last events of a job have the time of its end.
  const isLast = entry.event?.type === 'end' || (entry.event?.type === 'state' && isTerminal(entry.event.status));
  if (!matchesTimes({ created_at: subject.created_at, finished_at: isLast ? entry.at : null }, filter)) return null;
  return sseEntry(source, entry, id, () => ({ ...eventMembers(entry.event), job: { ...subject, status } }));
}

/** Batches of events as text; a heartbeat for an empty one. No generator, see `Following`. */
function eventChunks<T extends { readonly id: number }>(
  batches: AsyncIterableIterator<readonly T[]>,
  after: number,
  write: (entry: T) => string | null,
): Chunks {
  let last = after;
  const next = async (): Promise<IteratorResult<string, undefined>> => {
    const result = await batches.next();
    if (result.done === true) return { done: true, value: undefined };
    const entries = result.value;
    const text = entries.length === 0 ? SSE_HEARTBEAT : sseEntries(entries, last, write);
    last = entries.at(-1)?.id ?? last;
    return { value: text };
  };
  const end = async (): Promise<IteratorResult<string, undefined>> => {
    await batches.return?.();
    return { done: true, value: undefined };
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}
