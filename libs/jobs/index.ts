/** What a job is: kinds' names and payloads, states, records, history, log, locks, claims, and the queue. */
export * from './payloads/index.js';
export { waitUntilFinished } from './queue/wait-until-finished.js';
export { subscribeToCancellations } from './queue/job-events.js';
export { type JobEvent, JobEvents } from './queue/job-events.js';
export { type JobOutcome, JobWorker } from './queue/job-worker.js';
export { JobQueue } from './queue/job-queue.js';
export { Reconciler } from './queue/reconciler.js';
export { jobError, jobErrorCode, type JobErrorCode, type JobErrorRecord, JobFailedError } from './model/job-error.js';
export { type JobSchemaRef, supportedKind } from './model/job.js';
export {
  type CancelRequest,
  type JobProgress,
  type JobRecord,
  type JobSubmission,
  RECORD_SCHEMA_VERSION,
} from './model/job.js';
export { type JobSource, jobSource } from './model/source.js';
export { isTerminal, type JobStatus, jobStatus, type StepStatus, stepStatus } from './model/status.js';
export { type JournalEntry, pendingStep, type StepRecord } from './model/step.js';
export { type Wait, type WaitingFor, waitingFor } from './model/status.js';
export { ClaimLostError, JobClaim } from './store/job-claim.js';
export { IdempotencyKeys } from './store/idempotency-keys.js';
export {
  type JobKeys,
  jobKeys,
  type LockScope,
  nameScope,
  REQUEST_RETENTION_SECONDS,
  versionScope,
} from './store/keys.js';
export { type LogEntry, type LogLine, logSource, LOG_CURSOR_PATTERN } from './store/job-log.js';
export { type JobPage, JobStore, type NewJob, type Submitted, type Cancelled } from './store/job-store.js';
export { type Lease } from './store/job-claim.js';
export { StoreEpoch } from './store/clock.js';
export { redisNow, timestamp } from './store/clock.js';
export { HEARTBEAT_INTERVAL_MS, canRun, WorkerRegistry, type WorkerReport } from './workers/worker-registry.js';
export { StackQueryClient, StackQueryTimeoutError } from './stack-queries/client.js';
export { StackQueryWorker } from './stack-queries/worker.js';
export { type StackQueryResult, type StackQuery, type StackRow, stackRow } from './stack-queries/messages.js';
