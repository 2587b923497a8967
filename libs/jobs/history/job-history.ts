import { type Redis } from '#redis';
import { type JobRecord } from '../model/job.js';
import { readingHistory } from '../redis/damaged-history.error.js';
import { DamagedJobError } from '../redis/damaged-job.error.js';
import { type HistoryOrder, type JobKeys } from '../redis/keys.js';
import { sizeOf } from './bitmap.js';
import { EndTable } from './end-table.js';
import { type HistoryFilter, stillMatches } from './filter.js';
import { HistoryIndex, type Selection } from './history-index.js';
import { JobNames } from './job-names.js';
import { PagePositions } from './page-positions.js';
import { type Range, type Restriction, within } from './restriction.js';
import { searchTimeScript } from './scripts.js';
import { SubmissionTable } from './submission-table.js';

/** Number of matches up to which the count is exact. */
const COUNT_LIMIT = 10_000;

/** What is wanted of the history: without `filter` every job. `order`: the latest come first; `finished` has no unfinished jobs. */
export interface HistoryQuery {
  readonly filter?: HistoryFilter;
  readonly order?: HistoryOrder;
  /** The page begins before this position; null: with the latest job. */
  readonly before?: number | null;
  readonly limit: number;
}

/** What is read of a job: null when it does not exist, an error when what Redis holds of it is damaged. */
export type StoredJob = JobRecord | DamagedJobError | null;

/** Loads the records of jobs by their positions; null for one that no longer exists. */
export interface HistoryRecords {
  at(order: HistoryOrder, positions: readonly number[]): Promise<StoredJob[]>;
  /** The same; the records are kept in memory. */
  keptAt(order: HistoryOrder, positions: readonly number[]): Promise<StoredJob[]>;
}

/** A page of the history; `next` is the `before` of the page after it, null on the last. */
export interface JobPage {
  readonly items: readonly JobRecord[];
  /** Jobs of this page that cannot be read. */
  readonly damaged: readonly DamagedJobError[];
  readonly next: number | null;
}

/** How many jobs match: exactly, or `COUNT_LIMIT` when there are more. */
export interface JobCount {
  readonly count: number;
  readonly isExact: boolean;
}

/** The jobs of a query: what the indexes say, and the positions that the times of the filter leave. */
interface Scope {
  readonly filter: HistoryFilter;
  readonly order: HistoryOrder;
  readonly selection: Selection;
  readonly range: Range & { readonly restriction: Restriction | null };
}

/** The history of jobs, filtered and in pages. */
export class JobHistory {
  private readonly index: HistoryIndex;
  private readonly names: JobNames;
  private readonly submissions: SubmissionTable;
  private readonly ends: EndTable;

  /** @param countLimit number of matches up to which the count is exact */
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
    private readonly records: HistoryRecords,
    private readonly countLimit = COUNT_LIMIT,
  ) {
    this.index = new HistoryIndex(redis, keys);
    this.names = new JobNames(redis, keys);
    this.submissions = new SubmissionTable(redis, keys);
    this.ends = new EndTable(redis, keys);
  }

  /**
   * One page. It can have fewer jobs than `limit` although it is not the last page: jobs change while they are read.
   * @throws DamagedHistoryError, TooManyNamesError
   */
  async page(query: HistoryQuery): Promise<JobPage> {
    const { filter = {}, order = 'submitted', before = null, limit } = query;
    return await readingHistory(async () => {
      const scope = await this.scope(filter, order);
      const page = new PagePositions(limit, before);
      await this.collect(page, scope);
      return shownOf(page, await this.records.at(order, page.shown), filter);
    });
  }

  /**
   * One page as lists show it, and how many jobs match: the indexes are read once for both.
   * @throws DamagedHistoryError, TooManyNamesError
   */
  async pageWithCount(query: HistoryQuery): Promise<JobPage & JobCount> {
    return await readingHistory(() => this.readWithCount(query));
  }

  private async readWithCount(query: HistoryQuery): Promise<JobPage & JobCount> {
    const { filter = {}, order = 'submitted', before = null, limit } = query;
    const scope = await this.scope(filter, order);
    const page = new PagePositions(limit, before);
    let count = 0;
    for await (const batch of this.index.matches(scope.selection, scope.range)) {
      for (const found of batch) {
        count += sizeOf(found.matches);
        page.take(found);
        if (count > this.countLimit) break;
      }
      if (count > this.countLimit) break;
    }
    const isExact = count <= this.countLimit;
    // The page can be far beyond the matches that were counted.
    if (!isExact && !page.isFull) await this.collect(page, scope);
    const jobs = await this.records.keptAt(order, page.shown);
    return { ...shownOf(page, jobs, filter), count: isExact ? count : this.countLimit, isExact };
  }

  /**
   * The filter with the names that match `stack_name_contains` as `stack_name`: for a query of many pages.
   * @throws DamagedHistoryError, TooManyNamesError
   */
  async resolve(filter: HistoryFilter): Promise<HistoryFilter> {
    const { stack_name_contains: piece, ...others } = filter;
    if (piece === undefined) return filter;
    const names = await readingHistory(() => this.names.containing(piece));
    const wanted = new Set(filter.stack_name ?? names);
    return { ...others, stack_name: names.filter((name) => wanted.has(name)) };
  }

  /** Collects the positions of a page that has not got them yet. */
  private async collect(page: PagePositions, { selection, range }: Scope): Promise<void> {
    const high = Math.min(range.high, page.before - 1);
    for await (const batch of this.index.matches(selection, { ...range, high })) {
      for (const found of batch) {
        page.take(found);
        if (page.isFull) return;
      }
    }
  }

  private async scope(given: HistoryFilter, order: HistoryOrder): Promise<Scope> {
    const filter = await this.resolve(given);
    const selection = await this.index.select(filter, order);
    const { last } = selection.snapshot;
    const [createdAfter, createdBefore, finishedAfter] = await Promise.all([
      this.search('submitted', filter.created_after, last.submitted, 1),
      this.search('submitted', filter.created_before, last.submitted, last.submitted + 1),
      this.search('finished', filter.finished_after, last.finished, 1),
    ]);
    const submitted = { low: createdAfter, high: createdBefore - 1 };
    const finished = { low: finishedAfter, high: last.finished };
    if (order === 'submitted') {
      const restriction = filter.finished_after === undefined ? null : within(this.ends, finished, last.finished);
      return { filter, order, selection, range: { ...submitted, restriction } };
    }
    const isRestricted = filter.created_after !== undefined || filter.created_before !== undefined;
    const restriction = isRestricted ? within(this.submissions, submitted, last.finished) : null;
    return { filter, order, selection, range: { ...finished, restriction } };
  }

  private async search(
    order: HistoryOrder,
    time: number | undefined,
    last: number,
    otherwise: number,
  ): Promise<number> {
    if (time === undefined) return otherwise;
    return await searchTimeScript(this.redis, [], [this.keys.jobTable(order), last, time]);
  }
}

/** What is shown of the jobs of a page. */
function shownOf(page: PagePositions, jobs: readonly StoredJob[], filter: HistoryFilter): JobPage {
  const damaged = jobs.filter((job) => job instanceof DamagedJobError);
  const readable = jobs.flatMap((job) => (job === null || job instanceof DamagedJobError ? [] : [job]));
  return { items: readable.filter((job) => stillMatches(job, filter)), damaged, next: page.next };
}
