import { type BudgetScope, type CallBudget } from './budget.js';
import { regionClients, type RegionClients } from './clients.js';
import { readAwsError } from './read-error.js';

/** One call of AWS. */
export interface Question {
  /** For messages: "listing the stacks". */
  readonly doing: string;
  readonly scope: BudgetScope;
  readonly signal?: AbortSignal | undefined;
}

/** What `send` of a client takes beside the command. */
export interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

/** The way to AWS: clients per region, one budget, one kind of error. */
export class AwsAccess {
  private readonly regions = new Map<string, RegionClients>();

  constructor(private readonly budget: CallBudget) {}

  /** The clients of a region; the same ones each time. */
  clients(region: string): RegionClients {
    const known = this.regions.get(region);
    if (known !== undefined) return known;
    // A penalty that cannot be recorded must not turn AWS's answer into an error of the store.
    const clients = regionClients(region, (scope) => void this.budget.penalise(scope).catch(() => undefined));
    this.regions.set(region, clients);
    return clients;
  }

  /**
   * Makes one call when the budget allows it.
   *
   * @throws AwsError, or the signal's reason
   */
  async ask<T>({ doing, scope, signal }: Question, send: (options: SendOptions) => Promise<T>): Promise<T> {
    await this.budget.acquire(scope, 1, signal);
    try {
      return await send(signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw readAwsError(doing, error);
    }
  }

  /** Closes all connections. */
  close(): void {
    for (const clients of this.regions.values()) clients.destroy();
    this.regions.clear();
  }
}
