import { type Answer } from './http.js';
import { type Problem, problemSchema } from './job.js';

/** The API has rejected a request, or has failed. */
export class LizzyApiError extends Error {
  override readonly name = 'LizzyApiError';
  readonly status: number;
  /** The problem document of the response; null when it has none, as that of a proxy. */
  readonly problem: Problem | null;

  /** @param request method and path, for the message */
  constructor(
    request: string,
    readonly answer: Answer,
  ) {
    const problem = problemSchema.safeParse(answer.json);
    super(`${request}: ${answer.status}: ${problem.success ? problem.data.detail : answer.text}`);
    this.status = answer.status;
    this.problem = problem.success ? problem.data : null;
  }
}
