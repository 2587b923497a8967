import { z } from 'zod';

const stepSchema = z.object({
  name: z.string(),
  status: z.enum(['pending', 'running', 'succeeded', 'failed', 'skipped', 'cancelled']),
  message: z.string().nullish(),
});

const jobSchema = z.object({
  id: z.string(),
  status: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'superseded']),
  stack_name: z.string(),
  stack_version: z.string(),
  finished_at: z.string().nullable(),
  steps: z.array(stepSchema),
  waiting_for: z.object({ reason: z.string() }).nullable(),
  error: z.object({ title: z.string().optional(), detail: z.string().optional() }).nullable(),
});

const logEntrySchema = z.object({ cursor: z.string(), text: z.string(), step: z.string().nullable() });

export type Step = z.infer<typeof stepSchema>;
export type Job = z.infer<typeof jobSchema>;
export type LogEntry = z.infer<typeof logEntrySchema>;

/** Whether the job is final. */
export function isTerminal(job: Job): boolean {
  return job.status !== 'queued' && job.status !== 'running';
}

/** The few calls of Lizzy's API that the demonstration makes, as any client would. */
export class LizzyClient {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  async deploy(request: Readonly<Record<string, unknown>>): Promise<Job> {
    return jobSchema.parse(JSON.parse(await this.ask('/api/deployments', JSON.stringify(request))));
  }

  /** The current job, or the finished one if it finishes within so many seconds. */
  async job(id: string, waitSeconds = 0): Promise<Job> {
    return jobSchema.parse(JSON.parse(await this.ask(`/api/jobs/${id}?wait=${waitSeconds}`)));
  }

  /** The lines after a cursor; the API returns them as JSON lines. */
  async log(id: string, after: string | undefined): Promise<LogEntry[]> {
    const query = after === undefined ? '' : `?after=${after}`;
    const lines = (await this.ask(`/api/jobs/${id}/log${query}`)).split('\n').filter((line) => line !== '');
    return lines.map((line) => logEntrySchema.parse(JSON.parse(line)));
  }

  private async ask(path: string, body?: string): Promise<string> {
    const response = await fetch(this.url + path, {
      ...(body === undefined ? {} : { method: 'POST', body }),
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return text;
  }
}
