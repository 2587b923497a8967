import { type JobSubmission } from '#jobs';
import { Logger, WorkerMetrics } from '#telemetry';
import { PassThrough } from 'node:stream';
import { JobTelemetry } from './job-telemetry.js';

/** The telemetry of a job in a spec: its lines are dropped. */
export function droppedTelemetry(submission: JobSubmission): JobTelemetry {
  const logger = Logger.create({ level: 'error', format: 'json', stream: new PassThrough() });
  return new JobTelemetry(submission, logger, new WorkerMetrics('spec', 1), {
    report: () => undefined,
    close: () => Promise.resolve(),
  });
}
