/** What a job is: kinds' names and payloads, states, records, history, log, locks, claims, and the queue. */
export { type DeployPayload, deployPayload } from './payloads/deploy.js';
export {
  type CreateStackPayload,
  createStackPayload,
  type DeleteStackPayload,
  deleteStackPayload,
  type PatchStackPayload,
  patchStackPayload,
} from './payloads/stack.js';
export { awaitEnd } from './queue/wait-until-finished.js';
export { listenForCancellations } from './queue/job-events.js';
export { type JobChange, JobChanges } from './queue/job-events.js';
export { type Disposition, JobConsumer } from './queue/job-worker.js';
export { JobQueue } from './queue/job-queue.js';
export { Reconciler } from './queue/reconciler.js';
export { jobError, jobErrorCode, type JobErrorCode, type JobErrorRecord, JobFailure } from './model/job-error.js';
export { type JobForm, kindOf } from './model/job.js';
export { type JobKind, jobKind } from './model/job.js';
export {
  type CancelRequest,
  type JobProgress,
  type JobRecord,
  type JobSubmission,
  RECORD_SCHEMA_VERSION,
} from './model/job.js';
export { isTerminal, type JobStatus, jobStatus, type StepStatus, stepStatus } from './model/status.js';
export { type Act, pendingStep, type StepRecord } from './model/step.js';
export { type Wait, type WaitingFor, waitingFor } from './model/status.js';
export { ClaimLost, JobClaim } from './store/job-claim.js';
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
export { StoreAge } from './store/clock.js';
export { redisNow, timestamp } from './store/clock.js';
export { HEARTBEAT_INTERVAL_MS, takes, WorkerRegistry, type WorkerReport } from './workers/worker-registry.js';
export { ReadClient, ReadTimedOut } from './stack-queries/client.js';
export { ReadServer } from './stack-queries/worker.js';
export { type ReadAnswer, type ReadRequest, type StackRow, stackRow } from './stack-queries/messages.js';
