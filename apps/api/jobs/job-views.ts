import { JobQueue, type JobRecord } from '#jobs';
import { Injectable } from '@nestjs/common';
import { LivingWorkers } from '../workers/living-workers.js';
import { jobView } from './job-view.js';
import { type JobView } from './job.schema.js';

/** Shows jobs with what the queue and the workers say about them. */
@Injectable()
export class JobViews {
  constructor(
    private readonly queue: JobQueue,
    private readonly workers: LivingWorkers,
  ) {}

  /** One job. */
  async one(job: JobRecord): Promise<JobView> {
    const waits = job.progress.waiting_for?.reason === 'worker';
    return this.view(job, waits ? await this.queue.waiting() : []);
  }

  /** Several jobs, with one look at the queue. */
  async many(jobs: readonly JobRecord[]): Promise<JobView[]> {
    const waits = jobs.some(({ progress }) => progress.waiting_for?.reason === 'worker');
    const waiting = waits ? await this.queue.waiting() : [];
    return jobs.map((job) => this.view(job, waiting));
  }

  private view(job: JobRecord, waiting: readonly string[]): JobView {
    const index = waiting.indexOf(job.submission.id);
    const hasWorker = this.workers.run(job.submission.kind) ?? true;
    return jobView(job, { position: index < 0 ? null : index + 1, hasWorker, now: new Date() });
  }
}
