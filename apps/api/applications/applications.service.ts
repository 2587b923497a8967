import { type Caller } from '#auth';
import { ApiConfig } from '#config';
import { type ApplicationState, type JobRecord, JobStore, TrafficHistory } from '#jobs';
import { Injectable } from '@nestjs/common';
import { JobPresenter } from '../jobs/job.presenter.js';
import { ProblemError } from '../problems/problem.error.js';
import { stackNextSteps } from '../stacks/stack-next.js';
import { StackReadsService } from '../stacks/stack-reads.service.js';
import { type ApplicationListView, type ApplicationView } from './application.dto.js';

/** How many jobs of an application are read: the unfinished ones, and those that created its versions. */
const JOBS_LIMIT = 50;
const MAX_TRAFFIC_CHANGES = 10;

/** Reads applications: stacks and weights through a worker, jobs and traffic changes from the store. */
@Injectable()
export class ApplicationsService {
  constructor(
    private readonly stacks: StackReadsService,
    private readonly store: JobStore,
    private readonly traffic: TrafficHistory,
    private readonly jobs: JobPresenter,
    private readonly config: ApiConfig,
  ) {}

  /** The applications of a region, by name. */
  async list(region = this.config.region): Promise<ApplicationListView> {
    const counts = new Map<string, number>();
    for (const { stack_name: name } of await this.stacks.list(region)) counts.set(name, (counts.get(name) ?? 0) + 1);
    const names = [...counts.keys()].toSorted();
    return {
      items: names.map((name) => ({
        name,
        region,
        versions: counts.get(name) ?? 0,
        links: { self: `/api/applications/${encodeURIComponent(name)}?region=${region}` },
      })),
    };
  }

  /** One application. @throws ProblemError `application_not_found` when it has no stack and no unfinished job */
  async get(name: string, wanted: string | undefined, caller: Caller): Promise<ApplicationView> {
    const region = wanted ?? this.config.region;
    const filter = { stack_name: [name], region: [region] };
    const [state, creators, unfinished, changes] = await Promise.all([
      this.stacks.application(name, region),
      this.store.history.page({ filter: { ...filter, kind: ['deploy', 'create_stack'] }, limit: JOBS_LIMIT }),
      this.store.history.page({ filter: { ...filter, status: ['queued', 'running'] }, limit: JOBS_LIMIT }),
      this.traffic.list({ name, region }),
    ]);
    if (state.versions.length === 0 && unfinished.items.length === 0) {
      throw new ProblemError('application_not_found', `No stack in ${region} belongs to an application ${name}`);
    }
    return {
      name,
      region,
      versions: versionsOf({ name, region }, state, creators.items),
      domains: state.domains,
      unfinished_jobs: await this.jobs.many(unfinished.items, caller),
      traffic_changes: changes
        .slice(0, MAX_TRAFFIC_CHANGES)
        .map(({ seq: _seq, effective: _effective, records: _records, ...change }) => change),
    };
  }
}

function versionsOf(
  { name, region }: { readonly name: string; readonly region: string },
  { versions, domains }: ApplicationState,
  newestFirst: readonly JobRecord[],
): ApplicationView['versions'] {
  return versions.map((row) => {
    const { version, status, creation_time: created_at, failed_resources = [] } = row;
    const stack = `${name}-${version}`;
    const shares = domains.flatMap(({ domain, weights }): [string, number][] => {
      const share = weights[stack];
      return share === undefined ? [] : [[domain, share]];
    });
    return {
      version,
      stack,
      status,
      created_at,
      weights: Object.fromEntries(shares),
      job: creatorOf(version, newestFirst),
      failed_resources,
      next: stackNextSteps(row, region),
    };
  });
}

/** The newest job that has got past its step `create`. */
function creatorOf(version: string, newestFirst: readonly JobRecord[]): string | null {
  const creator = newestFirst.find(
    ({ submission, progress }) =>
      submission.stack_version === version &&
      !submission.dry_run &&
      progress.steps.some(({ name, status }) => name === 'create' && status === 'succeeded'),
  );
  return creator?.submission.id ?? null;
}
