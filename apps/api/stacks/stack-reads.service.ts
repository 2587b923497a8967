import { ApiConfig } from '#config';
import {
  type ApplicationState,
  isStuckStatus,
  type JobErrorRecord,
  type StackQueryResult,
  StackQueryClient,
  type StackQuery,
  StackQueryFailedError,
  StackQueryTimeoutError,
  type StackRow,
} from '#jobs';
import { Injectable } from '@nestjs/common';
import { ProblemError } from '../problems/problem.error.js';
import { WorkerMonitor } from '../status/worker-monitor.js';
import { RETRY_AFTER_SECONDS } from '../problems/to-problem.js';
import { PROBLEMS, problemType } from '../problems/problem-catalogue.js';
import { type FailureDocument, JobFailedProblem } from '../problems/problem.error.js';
import { failureDocument } from './stack-failure.js';
import { type StackId, stackNotFound } from './stack-query.dto.js';

/** How long a query waits for a worker, in milliseconds, unless calls have a shorter limit. */
const READ_TIMEOUT_MS = 30_000;

/** The same while no worker is alive and healthy, in milliseconds: one may just be restarted, or become healthy. */
const NO_WORKER_TIMEOUT_MS = 5_000;

/** Reads stacks through workers. Failures are thrown as the problem document for the caller. */
@Injectable()
export class StackReadsService {
  constructor(
    private readonly reads: StackQueryClient,
    private readonly config: ApiConfig,
    private readonly workers: WorkerMonitor,
  ) {}

  /** All stacks of a region but deleted ones, oldest first. @param explain the stack of which `failed_resources` are read */
  async list(region: string | undefined, explain?: string): Promise<readonly StackRow[]> {
    const query = { read: 'stacks', region: region ?? this.config.region } as const;
    const answer = await this.read(explain === undefined ? query : { ...query, explain });
    if ('stacks' in answer) return answer.stacks;
    throw new TypeError('the stack query for a listing returned another result');
  }

  /** The same with what made its deletion or rollback fail. @throws ProblemError `stack_not_found` */
  async explained(stack: StackId, region: string | undefined): Promise<StackRow> {
    const row = await this.one(stack, region);
    // Stacks without a failure, which are nearly all, share one query of the region.
    return isStuckStatus(row.status) ? youngest(await this.list(region, stack.id), stack) : row;
  }

  /** One stack. @throws ProblemError `stack_not_found` */
  async one(stack: StackId, region: string | undefined): Promise<StackRow> {
    return youngest(await this.list(region), stack);
  }

  /** The versions of an application and the weights of its domains; empty when no stack has its name. */
  async application(name: string, region: string | undefined): Promise<ApplicationState> {
    const answer = await this.read({ read: 'application', name, region: region ?? this.config.region });
    if ('application' in answer) return answer.application;
    throw new TypeError('the stack query for an application returned another result');
  }

  /** A stack's share of the traffic, in percent. */
  async weight({ name, version }: StackId, region: string | undefined): Promise<number> {
    const request = { read: 'traffic', stack_name: name, stack_version: version } as const;
    const answer = await this.read({ ...request, region: region ?? this.config.region });
    if ('weight' in answer) return answer.weight;
    throw new TypeError('the stack query for traffic returned another result');
  }

  private async read(request: StackQuery): Promise<Exclude<StackQueryResult, { error: unknown }>> {
    const answer = await this.readByWorker(request);
    if (!('error' in answer)) return answer;
    const document = failureDocument(
      answer.error,
      'stack_name' in request ? `${request.stack_name}-${request.stack_version}` : null,
    );
    const forReads = asRead(answer.error);
    const retryAfter: Readonly<Record<string, string>> =
      forReads.status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {};
    throw new JobFailedProblem({ ...document, ...forReads }, retryAfter);
  }

  private async readByWorker(request: StackQuery): Promise<StackQueryResult> {
    const reason = this.workers.reasonAgainstQueries;
    const timeoutMs = reason === null ? READ_TIMEOUT_MS : NO_WORKER_TIMEOUT_MS;
    try {
      return await this.reads.read(request, Math.min(timeoutMs, this.config.syncWaitSeconds * 1000));
    } catch (error) {
      if (error instanceof StackQueryFailedError)
        throw new ProblemError('worker_timeout', `No worker has completed the request: ${error.message}`);
      if (!(error instanceof StackQueryTimeoutError)) throw error;
      throw new ProblemError('worker_timeout', this.whyNoAnswer());
    }
  }

  /** Workers report meanwhile that they are unhealthy, or that AWS is unavailable. */
  private whyNoAnswer(): string {
    const { reasonAgainstQueries: against, awsOutage } = this.workers;
    const reason = against ?? (awsOutage === null ? null : `AWS is unavailable: ${awsOutage}`);
    return reason === null
      ? 'No worker has responded in time: AWS responds very slowly, or the workers have stopped meanwhile (see GET /api/workers)'
      : `No worker has responded: ${reason} (see GET /api/workers)`;
  }
}

/** The stack of that id. Several can have it while an older one is being deleted: the youngest counts. */
function youngest(stacks: readonly StackRow[], { id, name, version }: StackId): StackRow {
  const found = stacks.findLast((stack) => stack.stack_name === name && stack.version === version);
  if (found === undefined) throw stackNotFound(id);
  return found;
}

/** The status of a failed query, where it differs from that of a failed change. */
function asRead(error: JobErrorRecord): Partial<FailureDocument> {
  switch (error.code) {
    case 'no_domain':
      return { status: 404 }; // A stack without a domain has no traffic.
    case 'no_credentials':
      return { status: 502 }; // AWS rejects a request that is only forwarded.
    case 'invalid_request':
      return { type: problemType('invalid_request'), title: PROBLEMS.invalid_request.title };
    default:
      return isPassing(error) ? { status: 503 } : {};
  }
}

/** Whether the error is transient: AWS is unavailable or throttles, but does not refuse the request. */
function isPassing({ code, data }: JobErrorRecord): boolean {
  return code === 'throttled' || (code === 'aws_unavailable' && data['aws_error'] === 'unavailable');
}
