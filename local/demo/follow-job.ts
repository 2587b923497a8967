import { setTimeout as sleep } from 'node:timers/promises';
import { isFinished, type Job, type LizzyClient, type LogEntry } from '#client';

const POLL_MILLISECONDS = 250;

/** The events of a job that are shown. */
export interface JobListener {
  job(job: Job): void;
  line(entry: LogEntry): void;
}

/** Reports the states and the log of a job until it has finished. Rejects when the signal is aborted before. */
export async function followJob(
  client: LizzyClient,
  id: string,
  listener: JobListener,
  signal: AbortSignal,
): Promise<Job> {
  let cursor: string | undefined;
  for (;;) {
    // The job first: a line that was written before its end is then not missed.
    const job = await client.job(id);
    for (const entry of await client.log(id, cursor)) {
      cursor = entry.cursor;
      listener.line(entry);
    }
    listener.job(job);
    if (isFinished(job)) return job;
    await sleep(POLL_MILLISECONDS, undefined, { signal });
  }
}
