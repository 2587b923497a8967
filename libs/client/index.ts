export { LizzyApiError } from './api-error.js';
export { type Answer, type CallOptions, readAnswer } from './http.js';
export {
  isFinished,
  type Job,
  type JobPage,
  jobPageSchema,
  jobSchema,
  type LogEntry,
  type Problem,
  problemSchema,
  type Stack,
  type Step,
} from './job.js';
export { LizzyClient, type LizzyClientOptions, type SubmitOptions } from './lizzy-client.js';
export { type ServerSentEvent, serverSentEvents } from './server-sent-events.js';
