import { IdempotencyKeys, JobQueue, type JobRecord, JobStore } from '#jobs';
import { Logger } from '#telemetry';
import { Injectable } from '@nestjs/common';
import { ApiProblem } from '../problems/api-problem.js';
import { type ChangeRequest } from '../submissions/change-request.decorator.js';
import { fingerprint } from '../submissions/fingerprint.js';
import { keyReused } from '../submissions/job-submissions.js';
import { type CancelBody } from './job-queries.js';
import { JobReading } from './job-reading.js';

/** Asks for the end of jobs. */
@Injectable()
export class JobCancel {
  constructor(
    private readonly reading: JobReading,
    private readonly store: JobStore,
    private readonly queue: JobQueue,
    private readonly keys: IdempotencyKeys,
    private readonly logger: Logger,
  ) {}

  /**
   * Asks for the end of a job; answers with the job as it stands then.
   * @throws ApiProblem `job_not_found`, `job_ended`, `idempotency_key_reused`
   */
  async cancel(id: string, body: CancelBody, { caller, idempotencyDigest: digest }: ChangeRequest): Promise<JobRecord> {
    const print = fingerprint(body);
    const before = digest === null ? null : await this.keys.recall(digest);
    if (before !== null && before.fingerprint !== print) throw keyReused();
    if (before === null) {
      await this.ask(id, { requestedBy: caller.uid, deleteStack: body.delete_stack });
      if (digest !== null) await this.keys.remember(digest, { id, fingerprint: print });
    }
    return await this.reading.get(id);
  }

  private async ask(id: string, wish: { requestedBy: string; deleteStack: boolean }): Promise<void> {
    const { outcome, woken } = await this.store.cancel(id, wish);
    if (outcome === 'ended') throw new ApiProblem('job_ended', 'A job that has ended cannot be cancelled');
    // The answer does not wait for it: whoever is not woken looks by itself some seconds later.
    for (const each of woken) {
      this.queue.wake(each).catch((error: unknown) => {
        this.logger.warn('Job not woken', { job_id: each, error });
      });
    }
  }
}
