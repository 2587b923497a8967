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
    return this.view(job, waitsForWorker(job) ? await this.queue.position(job.submission.id) : null);
  }

  /** Several jobs, with one look at the queue. */
  async many(jobs: readonly JobRecord[]): Promise<JobView[]> {
    const waiting = jobs.some(waitsForWorker) ? await this.queue.waiting() : [];
    const places = new Map(waiting.map((id, index) => [id, index + 1]));
    return jobs.map((job) => this.view(job, places.get(job.submission.id) ?? null));
  }

  private view(job: JobRecord, position: number | null): JobView {
    return jobView(job, { position, hasWorker: this.workers.run(job.submission) ?? true, now: new Date() });
  }
}

function waitsForWorker({ progress }: JobRecord): boolean {
  return progress.waiting_for?.reason === 'worker';
}
