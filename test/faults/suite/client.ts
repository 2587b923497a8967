import { setTimeout as after } from 'node:timers/promises';
import { z } from 'zod';
import { type Agent } from './suite-environment.js';

const PATIENCE_MS = 90_000;
const PAUSE_MS = 250;
const CALL_TIMEOUT_MS = 10_000;
const TRY_AGAIN: readonly number[] = [409, 429, 500, 502, 503, 504];

const shown = z.object({
  id: z.string(),
  kind: z.string(),
  status: z.string(),
  stack_name: z.string(),
  stack_version: z.string(),
  finished_at: z.string().nullable(),
  cancel_requested: z.boolean(),
  steps: z.array(z.object({ name: z.string(), status: z.string(), finished_at: z.string().nullable() })),
  result: z.record(z.string(), z.unknown()).nullable(),
  error: z.looseObject({ type: z.string(), detail: z.string() }).nullable(),
});
/** A job as the API returns it. */
export type ShownJob = z.infer<typeof shown>;
const page = z.object({ items: z.array(shown), next_cursor: z.string().nullable() });

/** One change that a pipeline requests. */
export interface Change {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body: unknown;
  readonly key: string;
}

interface CallInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A pipeline: calls one of the APIs, and repeats the call with the same key until it gets a response. */
export class Client {
  private turn = 0;

  constructor(private readonly agent: Agent) {}

  /** Submits a change; returns its job's id. */
  async submit({ method, path, body, key }: Change): Promise<string> {
    const headers = { 'idempotency-key': key, prefer: 'respond-async', 'content-type': 'application/json' };
    const answer = await this.untilHeard(path, { method, headers, body: JSON.stringify(body) });
    const id = answer.headers.get('x-lizzy-job-id') ?? answer.headers.get('location')?.split('/').at(-1);
    if (id === undefined || id === '') throw new Error(`no job for ${method} ${path}: ${await answer.text()}`);
    await answer.body?.cancel();
    return id;
  }

  /** Requests the cancellation of a job; does nothing when it has finished. */
  async cancel(id: string): Promise<void> {
    const answer = await this.once(`/api/jobs/${id}/cancel`, { method: 'POST' }).catch(() => null);
    await answer?.body?.cancel();
  }

  /** The job, polled until it has finished or the time limit is over. */
  async ended(id: string, patienceMs: number): Promise<ShownJob> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const job = shown.parse(await (await this.untilHeard(`/api/jobs/${id}?wait=5`)).json());
      if (job.finished_at !== null || Date.now() > deadline) return job;
    }
  }

  /** The whole history. */
  async history(): Promise<ShownJob[]> {
    const jobs: ShownJob[] = [];
    let query = '?limit=200';
    for (;;) {
      const { items, next_cursor: next } = page.parse(await (await this.untilHeard(`/api/jobs${query}`)).json());
      jobs.push(...items);
      if (next === null) return jobs;
      query = `?limit=200&cursor=${next}`;
    }
  }

  private async untilHeard(path: string, init: CallInit = {}): Promise<Response> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.once(path, init).catch((error: unknown) => error);
      if (answer instanceof Response) {
        // A response that names its job was accepted, whatever its result.
        if (!TRY_AGAIN.includes(answer.status) || answer.headers.has('x-lizzy-job-id')) return answer;
        await answer.body?.cancel();
      }
      if (Date.now() > deadline) throw new Error(`nobody has answered ${path}`, { cause: answer });
      await after(PAUSE_MS);
    }
  }

  private async once(path: string, init: CallInit): Promise<Response> {
    this.turn += 1;
    return await fetch(this.agent.url(this.turn) + path, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${this.agent.token}` },
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
  }
}
