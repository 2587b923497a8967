import { ApiConfig } from '#config';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { callerOf, userKey } from './caller.decorator.js';
import { ProblemError } from '../problems/problem.error.js';

/** When to try again, in seconds: waiting requests end all the time. */
const RETRY_AFTER_SECONDS = '5';

/**
 * Knows the requests that wait for something or stream. They end early when their client disconnects, and when the process
 * stops: then they are answered with the current state.
 */
@Injectable()
export class PendingRequests implements BeforeApplicationShutdown {
  private readonly open = new Set<AbortController>();
  private readonly perUser = new Map<string, number>();
  private isStopping = false;

  constructor(private readonly config: ApiConfig) {}

  /** Whether the process is about to stop: connections are not kept alive any more. */
  get stopping(): boolean {
    return this.isStopping;
  }

  /** How many requests wait now. */
  get count(): number {
    return this.open.size;
  }

  /**
   * Registers a request that waits, until its connection or its response is finished. Its turn ends: the user's next request
   * is handled meanwhile.
   * @param keepsTurn whether it does not wait, but reads: all the time, or until it ends its turn itself
   * @returns a signal that ends the wait; it is aborted already when the client has disconnected
   * @throws ProblemError `too_many_waits`, `overloaded`
   */
  signalFor(reply: FastifyReply, { keepsTurn = false } = {}): AbortSignal {
    const user = userKey(callerOf(reply.request));
    const { waitingRequests, waitingRequestsPerUser } = this.config.limits;
    const ofUser = this.perUser.get(user) ?? 0;
    const headers = { 'retry-after': RETRY_AFTER_SECONDS };
    if (ofUser >= waitingRequestsPerUser)
      throw new ProblemError('too_many_waits', `You have ${ofUser} requests that wait; try again when one has ended`, {
        headers,
      });
    if (this.open.size >= waitingRequests)
      throw new ProblemError('overloaded', `${this.open.size} requests wait at this process; try again later`, {
        headers,
      });
    const controller = new AbortController();
    // Its `close` was emitted before, and would never be seen: the request would count forever.
    if (reply.raw.closed) {
      controller.abort();
      return controller.signal;
    }
    this.open.add(controller);
    this.perUser.set(user, ofUser + 1);
    reply.raw.once('close', () => {
      this.release(user, controller);
    });
    if (this.isStopping) controller.abort();
    if (!keepsTurn) reply.request.endTurn?.();
    return controller.signal;
  }

  beforeApplicationShutdown(): void {
    this.isStopping = true;
    for (const controller of this.open) controller.abort();
  }

  private release(user: string, controller: AbortController): void {
    this.open.delete(controller);
    const remaining = (this.perUser.get(user) ?? 1) - 1;
    if (remaining === 0) this.perUser.delete(user);
    else this.perUser.set(user, remaining);
    controller.abort();
  }
}
