import { type Queue, type QueueEvents } from 'bullmq';

/** How often it is looked whether Redis is still there, and still has the read, in milliseconds. */
const LOOK_AGAIN_MS = 2_000;

/** What a worker has returned, or why it could not. */
export type ReadEnd = { readonly returned: unknown } | { readonly failed: string };

/**
 * Waits until a worker has ended a read. The queue's events tell it; an event that gets lost is made good by looking.
 *
 * BullMQ's own `Job.waitUntilFinished` (6.7) asks Redis inside a promise that nobody can await: when Redis goes away at
 * that moment, the rejection is nobody's, which ends a process of Node, and the wait goes on as if nothing had happened.
 *
 * @returns null when no worker has ended it in time
 * @throws errors of Redis, some seconds after it went away at the latest
 */
export async function readEnd(
  queue: Queue,
  events: QueueEvents,
  { id, timeoutMs }: { id: string; timeoutMs: number },
): Promise<ReadEnd | null> {
  let tell: (end: ReadEnd) => void = () => undefined;
  const told = new Promise<ReadEnd>((resolve) => {
    tell = resolve;
  });
  const onCompleted = ({ jobId, returnvalue }: { jobId: string; returnvalue: unknown }): void => {
    if (jobId === id) tell({ returned: returnvalue });
  };
  const onFailed = ({ jobId, failedReason }: { jobId: string; failedReason: string }): void => {
    if (jobId === id) tell({ failed: failedReason });
  };
  const deadline = performance.now() + timeoutMs;
  events.on('completed', onCompleted).on('failed', onFailed);
  try {
    for (;;) {
      const seen = await look(queue, id);
      const left = deadline - performance.now();
      if (seen !== null || left <= 0) return seen;
      const heard = await within(told, Math.min(left, LOOK_AGAIN_MS));
      if (heard !== null) return heard;
    }
  } finally {
    events.off('completed', onCompleted).off('failed', onFailed);
  }
}

/** A job of BullMQ's, whose types say that there is always a reason for a failure. */
interface Outcome {
  readonly finishedOn?: number | undefined;
  readonly failedReason?: string | undefined;
  readonly returnvalue?: unknown;
}

async function look(queue: Queue, id: string): Promise<ReadEnd | null> {
  const job: Outcome | undefined = await queue.getJob(id);
  if (job === undefined) return { failed: 'Redis has lost the read' };
  if (job.finishedOn === undefined) return null;
  return job.failedReason === undefined ? { returned: job.returnvalue } : { failed: job.failedReason };
}

async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, milliseconds, null);
  });
  return await Promise.race([promise, late]).finally(() => {
    clearTimeout(timer);
  });
}
