/** What a job is: kinds' names and payloads, states, records, history, log, locks, claims, and the queue. */
export * from './kinds/index.js';
export * from './kinds/step-results.js';
export { type JobResult, jobResult, jobResultOf } from './kinds/job-result.js';
export { type DomainShares, domainShares, type UnownedRecord, unownedRecord } from './kinds/domain-shares.js';
export { waitUntilFinished } from './queue/wait-until-finished.js';
export { subscribeToCancellations } from './events/job-events.js';
export { JobEvents } from './events/job-events.js';
export { type JobEvent, type JobEventEntry, type StackEventEntry } from './events/job-event.js';
export { type FeedEntry } from './events/read-events.js';
export { WatchedJobs } from './events/watched-jobs.js';
export { EVENT_ID_PATTERN } from './events/read-events.js';
export { type JobOutcome, JobWorker } from './queue/job-worker.js';
export { JobQueue } from './queue/job-queue.js';
export { Reconciler } from './queue/reconciler.js';
export { JobSupersededError } from './model/job-superseded.js';
export {
  jobError,
  jobErrorCode,
  type JobErrorCode,
  type JobErrorRecord,
  JobFailedError,
  stackFailureCause,
  type StackFailureCause,
} from './model/job-error.js';
export { type JobSchemaRef, stepStatesOf, stepsThatRan, supportedKind } from './model/job.js';
export {
  type CancelRequest,
  type JobProgress,
  type JobRecord,
  type JobSubmission,
  firstRequesterOf,
  RECORD_SCHEMA_VERSION,
  type SucceededLines,
} from './model/job.js';
export { membersOf } from './model/settled-members.js';
export { type JobSource, jobSource } from './model/source.js';
export { isTerminal, type JobStatus, jobStatus, type StepStatus, stepStatus } from './model/status.js';
export {
  type JournalEntry,
  millisecondsBetween,
  pendingStep,
  type PublicStep,
  publicStep,
  type StepRecord,
} from './model/step.js';
export { type Wait, type WaitingFor, waitingFor } from './model/status.js';
export { ClaimLostError } from './store/claim-lost.error.js';
export { JobClaim } from './store/job-claim.js';
export { IdempotencyKeys } from './store/idempotency-keys.js';
export {
  domainScope,
  type JobKeys,
  jobKeys,
  type LockScope,
  nameScope,
  REQUEST_RETENTION_SECONDS,
  jobScope,
  versionScope,
} from './redis/keys.js';
export { type LogLine, logLineOf, logSource } from './events/job-event.js';
export { type LogEntry, logLines, type LogPage } from './store/job-log.js';
export { repairLogger } from './store/wrong-types.js';
export { Maintenance } from './queue/maintenance.js';
export { finishJob } from './store/finish-job.js';
export { Retention } from './store/retention.js';
export { type JobCount, type JobPage } from './history/job-history.js';
export { TooManyNamesError } from './history/job-names.js';
export { EventFollower } from './events/event-follower.js';
export { SharedReads } from './events/shared-reads.js';
export { HISTORY_FIELDS, type HistoryFilter, matchesFields, matchesTimes } from './history/filter.js';
export { type HistoryOrder } from './redis/keys.js';
export { type LogSummary } from './model/job.js';
export {
  type AuditAction,
  auditAction,
  type AuditEntry,
  auditFields,
  type AuditOrigin,
  auditOutcome,
  type AuditRecord,
} from './audit/audit-record.js';
export { DamagedAuditError } from './audit/damaged-audit.error.js';
export { AUDIT_ID_PATTERN, type AuditFilter, AuditTrail } from './audit/audit-trail.js';
export { endEntry, startEntry, submissionEntry } from './audit/job-entries.js';
export { JobDurations, type UsualDuration } from './history/job-durations.js';
export { stackProgress, type StackProgress } from './model/status.js';
export { DamagedHistoryError } from './redis/damaged-history.error.js';
export { DamagedJobError, isDamage, isWrongType } from './redis/damaged-job.error.js';
export { DamagedJobs } from './store/damaged-jobs.js';
export { JobStore } from './store/job-store.js';
export { type Cancelled, type NewJob, type Submitted } from './store/new-job.js';
export { type Lease } from './store/lease.js';
export { TakeoverDelay } from './store/takeover-delay.js';
export { readStoreFigures } from './store/store-figures.js';
export { StoreEpoch } from './redis/clock.js';
export { redisNow, timestamp } from './redis/clock.js';
export {
  HEARTBEAT_INTERVAL_MS,
  canRun,
  type AwsOutage,
  type Unhealthy,
  WorkerRegistry,
  type WorkerReport,
  workerReport,
} from './workers/worker-registry.js';
export { StackQueryClient, StackQueryFailedError, StackQueryTimeoutError } from './stack-queries/client.js';
export { StackQueryWorker } from './stack-queries/worker.js';
export { type ApplicationState, applicationState } from './stack-queries/messages.js';
export {
  failedResource,
  isStuckStatus,
  type StackQueryResult,
  type StackQuery,
  type StackRow,
  stackRow,
} from './stack-queries/messages.js';
export { type ApplicationRef, type TrafficChange, trafficChange } from './traffic/traffic-change.js';
export { TrafficHistory } from './traffic/traffic-history.js';
export { rollbackTarget, RollbackRefusedError } from './traffic/rollback-target.js';
