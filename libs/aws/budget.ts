/** AWS counts the calls of an account per region, Route 53's for the whole account. */
export type BudgetScope = string;

/** Who wants calls of Route 53 asks for them under this scope instead of a region. */
export const ROUTE53_SCOPE: BudgetScope = 'route53';

/** One budget of calls for all workers; libs/redis' `TokenBucket` is one. */
export interface CallBudget {
  /**
   * Waits until `calls` may be made.
   *
   * @throws the signal's reason when it is aborted meanwhile
   */
  acquire(scope: BudgetScope, calls: number, signal?: AbortSignal): Promise<void>;

  /** AWS has asked to slow down. */
  penalise(scope: BudgetScope): Promise<unknown>;
}

/** A budget that never makes anybody wait, for a process that is alone. */
export const UNLIMITED_BUDGET: CallBudget = {
  acquire: (_scope, _calls, signal) => {
    signal?.throwIfAborted();
    return Promise.resolve();
  },
  penalise: () => Promise.resolve(),
};
