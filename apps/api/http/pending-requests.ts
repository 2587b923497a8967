import { ApiConfig } from '#config';
import { keyspace, type ReachedLimit, type Redis, SharedCounts } from '#redis';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { callerOf, userKey } from './caller.decorator.js';
import { REDIS } from '../core/injection-tokens.js';
import { ProblemError } from '../problems/problem.error.js';

/** When to try again, in seconds: waiting requests end all the time. */
const RETRY_AFTER_SECONDS = '5';

/**
 * Knows the requests that wait for something or stream. They end early when their client disconnects, and when the process
 * stops: then they are answered with the current state. Their limits hold for all API processes together.
 */
@Injectable()
export class PendingRequests implements BeforeApplicationShutdown {
  /** With their users. */
  private readonly open = new Map<AbortController, string>();
  private readonly counts: SharedCounts;
  private isStopping = false;

  constructor(
    private readonly config: ApiConfig,
    @Inject(REDIS) redis: Redis,
  ) {
    const { waitingRequests, waitingRequestsPerUser } = config.limits;
    this.counts = new SharedCounts({
      redis,
      keys: keyspace(config.queuePrefix),
      family: 'waiting-requests',
      limits: { ofClient: waitingRequestsPerUser, inAll: waitingRequests },
    });
  }

  /** Whether the process is about to stop: connections are not kept alive any more. */
  get stopping(): boolean {
    return this.isStopping;
  }

  /** How many requests wait now at this process. */
  get count(): number {
    return this.open.size;
  }

  /**
   * Registers a request that waits, until its connection or its response is finished. Its turn ends: the user's next request
   * is handled meanwhile.
   * @param keepsTurn whether it does not wait, but reads: all the time, or until it ends its turn itself
   * @returns a signal that ends the wait; it is aborted already when the client has disconnected
   * @throws ProblemError `too_many_waits`, `overloaded`; errors of Redis
   */
  async signalFor(reply: FastifyReply, { keepsTurn = false } = {}): Promise<AbortSignal> {
    const user = userKey(callerOf(reply.request));
    const reached = await this.counts.add(user);
    if (reached !== null) throw this.problemOf(reached);
    // Nothing would end it any more: its `close` has been emitted, or the process stops.
    if (reply.raw.closed || this.isStopping) {
      this.counts.remove(user);
      return AbortSignal.abort();
    }
    const controller = new AbortController();
    this.open.set(controller, user);
    reply.raw.once('close', () => {
      this.end(controller);
    });
    if (!keepsTurn) reply.request.endTurn?.();
    return controller.signal;
  }

  beforeApplicationShutdown(): void {
    this.isStopping = true;
    // Before Redis is disconnected: the clients reconnect to other processes.
    for (const controller of this.open.keys()) this.end(controller);
  }

  private end(controller: AbortController): void {
    const user = this.open.get(controller);
    if (user === undefined) return;
    this.open.delete(controller);
    this.counts.remove(user);
    controller.abort();
  }

  private problemOf(reached: ReachedLimit): ProblemError {
    const { waitingRequests, waitingRequestsPerUser } = this.config.limits;
    const headers = { 'retry-after': RETRY_AFTER_SECONDS };
    return reached === 'of_client'
      ? new ProblemError(
          'too_many_waits',
          `You have ${waitingRequestsPerUser} requests that wait or stream, at all API processes together; try again when one has ended`,
          { headers },
        )
      : new ProblemError(
          'overloaded',
          `${waitingRequests} requests wait or stream, at all API processes together; try again in ${RETRY_AFTER_SECONDS} seconds`,
          { headers },
        );
  }
}
