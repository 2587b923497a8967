import { AsyncLocalStorage } from 'node:async_hooks';
import { type AwsErrorCode, awsErrorCode, saysStackIsMissing } from './errors.js';

/** AWS counts the requests of an account per region, those to Route 53 for the whole account. */
export type RateLimitScope = string;

/** Requests to Route 53 use this scope instead of a region. */
export const ROUTE53_SCOPE: RateLimitScope = 'route53';

/** The services that the agent calls itself and whose requests are counted per region. */
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
type Middleware = <Args, Answer>(
  next: Handler<Args, Answer>,
  context: { commandName?: string },
) => Handler<Args, Answer>;

const FIRST_ATTEMPT = { name: 'takeFirstAttempt', step: 'initialize' } as const;
// With a low priority it comes after the SDK's retries (priority high, same step), so that it sees every attempt.
const EVERY_ATTEMPT = { name: 'countAttempts', step: 'finalizeRequest', priority: 'low' } as const;

/** Where a middleware with these options can be added. */
interface MiddlewareStack<Options> {
  add(middleware: Middleware, options: Options): void;
}

/** What all clients of the SDK have in common. */
interface SdkClient {
  readonly middlewareStack: MiddlewareStack<typeof FIRST_ATTEMPT> & MiddlewareStack<typeof EVERY_ATTEMPT>;
}

/** Takes every request of the SDK's clients from the budget, each page and each retry, and reports it. */
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

  /** Adds the middlewares to a client, and returns it. */
  limit<Client extends SdkClient>(client: Client, of: Pick<AwsRequest, 'service' | 'scope'>): Client {
    client.middlewareStack.add(this.takeFirstAttempt(of.scope), FIRST_ATTEMPT);
    client.middlewareStack.add(this.countAttempts(of), EVERY_ATTEMPT);
    return client;
  }

  /**
   * Takes the first attempt of a request from the budget. A step of its own, because a request must not be signed before it
   * waits, and an error of the budget must not be retried like one of AWS.
   *
   * @throws BudgetError
   */
  private takeFirstAttempt(scope: RateLimitScope): Middleware {
    return (next) => async (args) => {
      try {
        await this.limiter.acquire(scope, 1, this.signals.getStore());
      } catch (error) {
        throw new BudgetError(error);
      }
      return await next(args);
    };
  }

  /** Reports every attempt of a request, and takes the retries from the budget. */
  private countAttempts(of: Pick<AwsRequest, 'service' | 'scope'>): Middleware {
    return (next, { commandName = 'unknown' }) => {
      let attempts = 0;
      return async (args) => {
        attempts += 1;
        // A budget that cannot be read must not turn the response of AWS into an error of the store.
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
          // An answer, not a failure: each deployment asks whether its stack exists.
          report(saysStackIsMissing(error) ? 'succeeded' : awsErrorCode(error));
          throw error;
        }
      };
    };
  }

  private report(request: AwsRequest): void {
    this.onRequest(request);
    // A penalty that cannot be recorded must not turn the response of AWS into an error of the store.
    if (request.outcome === 'throttled') this.limiter.slowDown(request.scope).catch(() => undefined);
  }
}
