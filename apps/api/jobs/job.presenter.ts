import { AccessRules, type Caller } from '#auth';
import { isTerminal, JobDurations, type JobRecord, JobStore, type UsualDuration } from '#jobs';
import { afterSuccess } from './next/after-success.js';
import { shownRequest } from './job-request.js';
import {
  type JobContext,
  jobJson,
  type JobSummary,
  jobSummary,
  jobView,
  succeededJson,
  isSettled,
  type SettledJob,
  settledVariantOf,
  variantOf,
} from './job-view.js';
import { submittersOf } from './retry-of.js';
import { JobTexts } from './job-texts.js';
import { type JobView } from './job.dto.js';
import { Injectable } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { WorkerMonitor } from '../status/worker-monitor.js';

/**
 * Shows jobs with what is known besides their records: positions, usual durations, what the workers report. That is best
 * effort: it is left out when Redis cannot be read, so that an accepted job is always named in the response.
 */
@Injectable()
export class JobPresenter {
  private readonly kept = new JobTexts();

  constructor(
    private readonly store: JobStore,
    private readonly durations: JobDurations,
    private readonly workers: WorkerMonitor,
    private readonly access: AccessRules,
  ) {}

  /** The response to a request that was accepted as a job, or changed one: the job, with its path in `Location`. */
  async accepted(job: JobRecord, caller: Caller, reply: FastifyReply): Promise<JobView> {
    const view = await this.one(job, caller);
    reply.header('location', view.links.self);
    return view;
  }

  /** One job as this caller sees it, with its request. */
  async one(job: JobRecord, caller: Caller): Promise<JobView> {
    const { id, secret_parameters: secrets } = job.submission;
    const [payload, position, usual] = await Promise.all([
      this.store.request(id).catch(() => undefined),
      this.positions([job]),
      this.usual([job]),
    ]);
    const mayAct = this.mayAct(job, caller);
    const request = shownRequest(payload ?? null, secrets);
    const isRequestGone = payload === null;
    const known = { position: position(job), usual: usual(job), request, isRequestGone, mayAct, now: new Date() };
    const view = jobView(job, { ...known, noWorker: this.noWorker(job) });
    return { ...view, next: [...view.next, ...afterSuccess(job)] };
  }

  /** Several jobs as this caller sees them, without their requests. */
  async many(jobs: readonly JobRecord[], caller: Caller): Promise<JobView[]> {
    return await this.each(jobs, caller, jobView);
  }

  /** The same without their steps and results. */
  async summaries(jobs: readonly JobRecord[], caller: Caller): Promise<JobSummary[]> {
    return await this.each(jobs, caller, jobSummary);
  }

  /** Several jobs as JSON. */
  async texts(jobs: readonly JobRecord[], caller: Caller): Promise<Buffer[]> {
    return await this.eachText(jobs, caller, textOf, settledTextOf);
  }

  /** The same for pages, which are often read again: JSON that takes long to make is kept in memory as long as the records are. */
  async keptTexts(jobs: readonly JobRecord[], caller: Caller): Promise<Buffer[]> {
    const { kept } = this;
    return await this.eachText(
      jobs,
      caller,
      (job, context) => kept.of(job, variantOf(job.progress, context), () => textOf(job, context)),
      (job, now) =>
        // A record that is read once is dropped with the page.
        job.succeeded.isKept
          ? kept.of(job, settledVariantOf(job, now), () => settledTextOf(job, now))
          : settledTextOf(job, now),
    );
  }

  /** Settled jobs need no context. */
  private async eachText(
    jobs: readonly JobRecord[],
    caller: Caller,
    convert: (job: JobRecord, context: JobContext) => Buffer,
    convertSettled: (job: SettledJob, now: Date) => Buffer,
  ): Promise<Buffer[]> {
    const now = new Date();
    const others = jobs.filter((job) => !isSettled(job));
    const converted = (await this.each(others, caller, convert)).values();
    return jobs.flatMap((job) => {
      if (isSettled(job)) return [convertSettled(job, now)];
      const { value, done } = converted.next();
      return done === true ? [] : [value];
    });
  }

  private async each<T>(
    jobs: readonly JobRecord[],
    caller: Caller,
    convert: (job: JobRecord, context: JobContext) => T,
  ): Promise<T[]> {
    const [position, usual] = await Promise.all([this.positions(jobs), this.usual(jobs)]);
    const now = new Date();
    return jobs.map((job) => {
      const mayAct = this.mayAct(job, caller);
      const noWorker = this.noWorker(job);
      const known = { position: position(job), usual: usual(job), noWorker, mayAct, now };
      return convert(job, { ...known, request: null, isRequestGone: false });
    });
  }

  private mayAct({ submission }: JobRecord, caller: Caller): boolean {
    return this.access.mayActOnJobsOf(submittersOf(submission), caller);
  }

  private async positions(jobs: readonly JobRecord[]): Promise<(job: JobRecord) => number | null> {
    const waiting = jobs.filter(waitsForWorker).map(({ submission }) => submission.id);
    if (waiting.length === 0) return () => null;
    const positions = await this.store.waitingPositions(waiting).catch(() => []);
    const places = new Map(waiting.map((id, index) => [id, positions[index] ?? null]));
    return ({ submission }) => places.get(submission.id) ?? null;
  }

  /** One read for each application and kind, however many jobs there are. */
  private async usual(jobs: readonly JobRecord[]): Promise<(job: JobRecord) => UsualDuration | null> {
    const unfinished = jobs.filter(({ progress }) => !isTerminal(progress.status)).map(({ submission }) => submission);
    if (unfinished.length === 0) return () => null;
    const subjects = new Map(unfinished.map((submission) => [subjectOf(submission), submission]));
    const read = await this.durations.usual([...subjects.values()]).catch(() => []);
    const durations = new Map([...subjects.keys()].map((key, index) => [key, read[index] ?? null]));
    return ({ submission }) => durations.get(subjectOf(submission)) ?? null;
  }

  private noWorker({ submission, progress, worker }: JobRecord): JobContext['noWorker'] {
    if (isTerminal(progress.status)) return null;
    // An unhealthy worker, or one that is about to stop, takes no jobs, but completes the command that it runs.
    const isRunning = progress.waiting_for === null && this.workers.isAlive(worker);
    const isStuck = !isRunning && this.workers.canRun(submission) === false;
    return isStuck ? this.workers.reasonAgainst(submission) : null;
  }
}

function textOf(job: JobRecord, context: JobContext): Buffer {
  return Buffer.from(jobJson(job, context));
}

function settledTextOf({ succeeded }: SettledJob, now: Date): Buffer {
  return succeededJson(succeeded, now);
}

function subjectOf({ kind, region, stack_name: name }: JobRecord['submission']): string {
  return `${kind} ${region} ${name}`;
}

function waitsForWorker({ progress }: JobRecord): boolean {
  return progress.waiting_for?.reason === 'worker';
}
