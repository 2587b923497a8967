import { Listr, type ListrTask } from 'listr2';
import { isFinished, type Job, type LogEntry, type Step } from '#client';
import type { JobListener } from './follow-job.js';

/** A list of the job's steps in the terminal, the last line of the log under the running one. */
export class LiveView implements JobListener {
  private latest: Job | undefined;
  private readonly changes = new EventTarget();
  private lastLine = '';

  job(job: Job): void {
    this.latest = job;
    this.changes.dispatchEvent(new Event('change'));
  }

  line(entry: LogEntry): void {
    this.lastLine = entry.text;
    this.changes.dispatchEvent(new Event('change'));
  }

  /** Draws until the job has finished, or until the signal is aborted. */
  async draw(signal: AbortSignal): Promise<void> {
    const steps = await this.when(signal, ({ steps: known }) => (known.length > 0 ? known : undefined));
    if (steps === undefined) return;
    const tasks = steps.map(({ name }): ListrTask => this.taskOf(name, signal));
    await new Listr(tasks, { concurrent: true, exitOnError: false, registerSignalListeners: false }).run();
  }

  private taskOf(name: string, signal: AbortSignal): ListrTask {
    return {
      title: name,
      task: async (_context, task): Promise<void> => {
        const ended = await this.when(signal, (job) => {
          const step = job.steps.find((each) => each.name === name);
          if (step?.status === 'running') task.output = this.lastLine;
          return step !== undefined && (isOver(step) || isFinished(job)) ? step : undefined;
        });
        if (ended?.status === 'failed') throw new Error(ended.message ?? `${name} failed`);
        if (ended?.status === 'succeeded') task.title = ended.message ? `${name}: ${ended.message}` : name;
        else task.skip(ended?.status ?? 'interrupted');
      },
    };
  }

  /** The first response when reading the job; undefined when the job finishes or the signal is aborted before. */
  private async when<T>(signal: AbortSignal, look: (job: Job) => T | undefined): Promise<T | undefined> {
    return await new Promise((resolve) => {
      const check = (): void => {
        const found = this.latest === undefined ? undefined : look(this.latest);
        if (found === undefined && !signal.aborted && !(this.latest && isFinished(this.latest))) return;
        this.changes.removeEventListener('change', check);
        signal.removeEventListener('abort', check);
        resolve(found);
      };
      this.changes.addEventListener('change', check);
      signal.addEventListener('abort', check);
      check();
    });
  }
}

function isOver(step: Step): boolean {
  return step.status !== 'pending' && step.status !== 'running';
}
