import { isRedisUnavailable } from '#redis';
import { ApiProblem } from '../problems/api-problem.js';
import { RETRY_AFTER_SECONDS } from '../problems/problem-of-error.js';
import { jobPath } from './job-view.js';

/**
 * Asks about a job that was accepted in this very request. Whoever sent it must not take Redis's absence for a refusal.
 * @throws ApiProblem `store_unavailable` that says so and names the job, when Redis cannot be asked; other errors as they are
 */
export async function askAboutAccepted<T>(id: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isRedisUnavailable(error)) throw error;
    const path = jobPath(id);
    const detail = `Redis cannot be asked, but the job ${id} was accepted and goes on when Redis is back; follow it at ${path}`;
    throw new ApiProblem('store_unavailable', detail, {
      members: { job_id: id, job: path },
      headers: { 'retry-after': RETRY_AFTER_SECONDS },
    });
  }
}
