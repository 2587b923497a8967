/** What a job is: kinds' names and payloads, states, records, history, log, locks, claims, and the queue. */
export { type DeployPayload, deployPayload } from './payloads/deploy.payload.js';
export {
  type CreateStackPayload,
  createStackPayload,
  type DeleteStackPayload,
  deleteStackPayload,
  type PatchStackPayload,
  patchStackPayload,
} from './payloads/stack-change.payload.js';
export { awaitEnd } from './queue/await-end.js';
export { listenForCancellations } from './queue/cancellations.js';
export { type JobChange, JobChanges } from './queue/job-changes.js';
export { type Disposition, JobConsumer } from './queue/job-consumer.js';
export { JobQueue } from './queue/job-queue.js';
export { Reconciler } from './queue/reconciler.js';
export { jobError, jobErrorCode, type JobErrorCode, type JobErrorRecord, JobFailure } from './record/job-error.js';
export { type JobForm, kindOf } from './record/job-form.js';
export { type JobKind, jobKind } from './record/job-kind.js';
export {
  type CancelRequest,
  type JobProgress,
  type JobRecord,
  type JobSubmission,
  RECORD_SCHEMA_VERSION,
} from './record/job-record.js';
export { isTerminal, type JobStatus, jobStatus, type StepStatus, stepStatus } from './record/job-status.js';
export { type Act, pendingStep, type StepRecord } from './record/step-record.js';
export { type Wait, type WaitingFor, waitingFor } from './record/waiting-for.js';
export { ClaimLost, JobClaim } from './store/job-claim.js';
export { IdempotencyKeys } from './store/idempotency-keys.js';
export {
  type JobKeys,
  jobKeys,
  type LockScope,
  nameScope,
  REQUEST_RETENTION_SECONDS,
  versionScope,
} from './store/job-keys.js';
export { type LogEntry, type LogLine, logSource, LOG_CURSOR_PATTERN } from './store/job-log.js';
export { type JobPage, JobStore, type NewJob, type Submitted, type Cancelled } from './store/job-store.js';
export { type Lease } from './store/lease.js';
export { StoreAge } from './store/store-age.js';
export { redisNow, timestamp } from './store/redis-clock.js';
export { HEARTBEAT_INTERVAL_MS, takes, WorkerRegistry, type WorkerReport } from './workers/worker-registry.js';
export { ReadClient, ReadTimedOut } from './reads/read-client.js';
export { ReadServer } from './reads/read-server.js';
export { type ReadAnswer, type ReadRequest, type StackRow, stackRow } from './reads/read.js';
