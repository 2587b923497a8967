import { AsyncLocalStorage } from 'node:async_hooks';
import { type AwsErrorCode, awsErrorCode } from './errors.js';

/** AWS counts the requests of an account per region, those to Route 53 for the whole account. */
export type RateLimitScope = string;

/** Requests to Route 53 use this scope instead of a region. */
export const ROUTE53_SCOPE: RateLimitScope = 'route53';

/** Services whose requests are counted by the region, of those that the agent calls itself. */
const REGIONAL_SERVICES: readonly string[] = ['Auto Scaling', 'CloudFormation', 'EC2'];

/** The scope in which requests to a service are counted; null for services that the agent does not call itself. */
export function rateLimitScope(service: string, region: string): RateLimitScope | null {
  if (service === 'Route 53') return ROUTE53_SCOPE;
  return REGIONAL_SERVICES.includes(service) ? region : null;
}

/** One budget of requests for all workers; `TokenBucket` of libs/redis is one. */
export interface RateLimiter {
  /**
   * Waits until `calls` may be made.
   *
   * @throws the signal's reason when it is aborted meanwhile
   */
  acquire(scope: RateLimitScope, calls: number, signal?: AbortSignal): Promise<void>;

  /** AWS has throttled a request. */
  slowDown(scope: RateLimitScope): Promise<unknown>;
}

/** A budget without a limit, for a process that is alone. */
export const UNLIMITED: RateLimiter = {
  acquire: (_scope, _calls, signal) => {
    signal?.throwIfAborted();
    return Promise.resolve();
  },
  slowDown: () => Promise.resolve(),
};

/** One request to AWS; each retry of the SDK is a request of its own. */
export interface AwsRequest {
  readonly scope: RateLimitScope;
  /** `CloudFormation`, `Route 53`... */
  readonly service: string;
  /** `DescribeStacks`... */
  readonly operation: string;
  readonly outcome: 'succeeded' | AwsErrorCode;
  readonly milliseconds: number;
}

/** Called when a request has been answered or has failed. */
export type OnRequest = (request: AwsRequest) => void;

/** The budget could not be read. */
export class BudgetError extends Error {
  override readonly name = 'BudgetError';

  /** @param reason the store's error, or the reason of the aborted signal */
  constructor(readonly reason: unknown) {
    super('the budget of AWS requests cannot be read');
  }
}

type Handler<Args, Answer> = (args: Args) => Promise<Answer>;

/** Middlewares of the SDK's clients, which take every request from the budget, each page and each retry, and report it. */
export class RequestBudget {
  /** The SDK passes no abort signal to a middleware. */
  private readonly signals = new AsyncLocalStorage<AbortSignal | undefined>();

  constructor(
    private readonly limiter: RateLimiter,
    private readonly onRequest: OnRequest,
  ) {}

  /** Runs `send`. Its requests stop waiting for the budget when the signal is aborted. */
  run<T>(signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T> {
    return this.signals.run(signal, send);
  }

  /**
   * Takes the first attempt of a request from the budget. A step of its own, because a request must not be signed before it
   * waits, and an error of the budget must not be retried like one of AWS.
   *
   * @throws BudgetError
   */
  takeFirstAttempt(scope: RateLimitScope) {
    return <Args, Answer>(next: Handler<Args, Answer>): Handler<Args, Answer> =>
      async (args) => {
        try {
          await this.limiter.acquire(scope, 1, this.signals.getStore());
        } catch (error) {
          throw new BudgetError(error);
        }
        return await next(args);
      };
  }

  /** Reports every attempt of a request, and takes the retries from the budget. */
  countAttempts(of: Pick<AwsRequest, 'service' | 'scope'>) {
    return <Args, Answer>(
      next: Handler<Args, Answer>,
      { commandName = 'unknown' }: { commandName?: string },
    ): Handler<Args, Answer> => {
      let attempts = 0;
      return async (args) => {
        attempts += 1;
        // A budget that cannot be read must not turn AWS's answer into an error of the store.
        if (attempts > 1) await this.limiter.acquire(of.scope, 1, this.signals.getStore()).catch(() => undefined);
        const startedAt = performance.now();
        const report = (outcome: AwsRequest['outcome']): void => {
          const operation = commandName.replace(/Command$/, '');
          this.report({ ...of, operation, outcome, milliseconds: performance.now() - startedAt });
        };
        try {
          const answer = await next(args);
          report('succeeded');
          return answer;
        } catch (error) {
          report(awsErrorCode(error));
          throw error;
        }
      };
    };
  }

  private report(request: AwsRequest): void {
    this.onRequest(request);
    // A penalty that cannot be recorded must not turn AWS's answer into an error of the store.
    if (request.outcome === 'throttled') this.limiter.slowDown(request.scope).catch(() => undefined);
  }
}
