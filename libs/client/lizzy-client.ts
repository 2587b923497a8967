import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { LizzyApiError } from './api-error.js';
import { type Answer, type CallOptions, readAnswer, requestOf } from './http.js';
import { isFinished, type Job, type JobPage, jobPageSchema, jobSchema, type LogEntry, logEntrySchema } from './job.js';
import { type Stack, stackSchema } from './job.js';
import { type ServerSentEvent, serverSentEvents } from './server-sent-events.js';

/** The longest wait that the API accepts. */
const LONG_POLL_SECONDS = 55;
/** Between two long polls: an API that is shutting down responds at once. */
const PAUSE_MS = 100;
const trafficSchema = z.looseObject({ weight: z.number() });

/** How to reach an agent. */
export interface LizzyClientOptions {
  /** For instance `https://lizzy.example.org`, without a slash at its end. */
  readonly url: string;
  /** An OAuth2 access token. */
  readonly token: string;
  /** Sends the requests, for instance with retries; Node's `fetch` by default. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** How long the API may delay a response to `waitForJob`: shorter than the timeouts in between. At most 55 s, the default. */
  readonly longPollSeconds?: number;
}

/** An Idempotency-Key: the same request with the same key is the same job. */
export interface SubmitOptions {
  readonly idempotencyKey?: string;
}

/**
 * A client of Lizzy's HTTP API. All methods but `call` and `submit` throw {@link LizzyApiError} for a response of 400 and
 * above, and a ZodError for a response of another shape.
 */
export class LizzyClient {
  constructor(private readonly options: LizzyClientOptions) {}

  /** Sends a request and reads the response, whatever its status. @param path with its query */
  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    return await readAnswer(await this.send(method, path, options));
  }

  /** Submits a deployment, the body of `POST /api/deployments`. */
  async deploy(body: Readonly<Record<string, unknown>>, options: SubmitOptions = {}): Promise<Job> {
    return jobSchema.parse(
      (await this.request('POST', '/api/deployments', { body, headers: headersOf(options) })).json,
    );
  }

  /**
   * Requests any change and returns the ID of its job, also when that has failed already.
   * @throws LizzyApiError when the change was not accepted
   */
  async submit(method: string, path: string, body: unknown, options: SubmitOptions = {}): Promise<string> {
    const headers = { prefer: 'respond-async', ...headersOf(options) };
    const answer = await this.call(method, path, { body, headers });
    const job = answer.headers.get('x-lizzy-job-id') ?? answer.headers.get('location')?.split('/').at(-1);
    if (job === undefined) throw new LizzyApiError(`${method} ${path}`, answer);
    return job;
  }

  /** The current job, or the finished one if it finishes within the given number of seconds (at most 55). */
  async job(id: string, waitSeconds = 0): Promise<Job> {
    return jobSchema.parse((await this.request('GET', `/api/jobs/${id}?wait=${waitSeconds}`)).json);
  }

  /** The job when it has finished, or its state after the given number of milliseconds. */
  async waitForJob(id: string, timeoutMs: number): Promise<Job> {
    const { longPollSeconds = LONG_POLL_SECONDS } = this.options;
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const seconds = Math.ceil((deadline - Date.now()) / 1000);
      const job = await this.job(id, Math.min(Math.max(seconds, 0), longPollSeconds));
      if (isFinished(job) || Date.now() >= deadline) return job;
      await sleep(PAUSE_MS);
    }
  }

  /** Requests the cancellation of a job; the stack that it has created is deleted only on request. */
  async cancel(id: string, { deleteStack = false } = {}): Promise<Job> {
    const body = { delete_stack: deleteStack };
    return jobSchema.parse((await this.request('POST', `/api/jobs/${id}/cancel`, { body })).json);
  }

  /** Submits a new job that repeats a failed or cancelled one. */
  async retry(id: string, options: SubmitOptions = {}): Promise<Job> {
    return jobSchema.parse((await this.request('POST', `/api/jobs/${id}/retry`, { headers: headersOf(options) })).json);
  }

  /** A page of the history, newest first. @param query filters, `limit` and `cursor` */
  async jobs(query: Readonly<Record<string, string>> = {}): Promise<JobPage> {
    return jobPageSchema.parse((await this.request('GET', `/api/jobs?${new URLSearchParams(query).toString()}`)).json);
  }

  /** All jobs of the history that match, from all its pages. */
  async allJobs(query: Readonly<Record<string, string>> = {}): Promise<Job[]> {
    const jobs: Job[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: JobPage = await this.jobs({ limit: '200', ...query, ...(cursor === '' ? {} : { cursor }) });
      jobs.push(...page.items);
      cursor = page.next_cursor;
    }
    return jobs;
  }

  /** The lines of a job's log after a cursor, at most 1,000. */
  async log(id: string, after?: string): Promise<LogEntry[]> {
    const query = after === undefined ? '' : `?after=${after}`;
    const { text } = await this.request('GET', `/api/jobs/${id}/log${query}`);
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => logEntrySchema.parse(JSON.parse(line)));
  }

  /** The events of a job as they happen, until it has finished. @param lastEventId where to resume */
  async *events(
    id: string,
    { lastEventId, signal }: { lastEventId?: string; signal?: AbortSignal } = {},
  ): AsyncGenerator<ServerSentEvent, undefined> {
    const path = `/api/jobs/${id}/events`;
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const response = await this.send('GET', path, { headers, signal });
    if (response.status >= 400) throw new LizzyApiError(`GET ${path}`, await readAnswer(response));
    yield* serverSentEvents(response);
    return undefined;
  }

  /** Stacks, oldest first. @param references a name, or a name and a version, `hello,v1`; none: all of the region */
  async stacks(references = ''): Promise<Stack[]> {
    const query = new URLSearchParams({ references }).toString();
    return z.array(stackSchema).parse((await this.request('GET', `/api/stacks?${query}`)).json);
  }

  /** The share of the traffic that a stack gets, in percent. @param stack its ID, `NAME-VERSION` */
  async traffic(stack: string): Promise<number> {
    return trafficSchema.parse((await this.request('GET', `/api/stacks/${stack}/traffic`)).json).weight;
  }

  private async request(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const answer = await this.call(method, path, options);
    if (answer.status >= 400) throw new LizzyApiError(`${method} ${path}`, answer);
    return answer;
  }

  private async send(method: string, path: string, options: CallOptions): Promise<Response> {
    const { url, token, fetch: send = fetch } = this.options;
    return await send(url + path, requestOf(method, token, options));
  }
}

function headersOf({ idempotencyKey }: SubmitOptions): Record<string, string> {
  return idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
}
