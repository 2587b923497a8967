import { bearerToken, isSafeMethod, type TokenCache } from '#auth';
import { Presence } from '#fairness';
import { BusyShares } from './busy-shares.js';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { userKey } from '../caller.decorator.js';
import { addressKey } from '../../core/client-address.js';
import { ProblemError } from '../../problems/problem.error.js';
import { type EndTurn, FairLimiter, type TurnLimits } from './fair-limiter.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Ends the turn of the request before its response, when it only waits from now on; null before its turn. */
    endTurn: EndTurn | null;
  }
  interface FastifyContextConfig {
    /** Whether the route mostly waits for a worker that reads AWS. */
    readsAws?: boolean;
    /** Whether a response takes tens of milliseconds of the event loop. */
    readsMuch?: boolean;
  }
}

/** How many requests of one user wait for their turn at most. */
const QUEUE_LIMIT = 1_000;
/** When to try again, in seconds. */
const RETRY_AFTER_SECONDS = '5';

/** Public routes that are not counted: probes come often, and from one address. */
const PROBES: readonly string[] = ['/health', '/health/live', '/health/ready'];

/** Whether a request is a probe of a load balancer or an orchestrator. */
export function isProbe({ routeOptions }: Pick<FastifyRequest, 'routeOptions'>): boolean {
  return PROBES.includes(routeOptions.url ?? '');
}

/** Called when a connection has sent a valid token of a user who is allowed. @param user see {@link userKey} */
export type OnVerified = (connection: Socket, response: ServerResponse, user: string) => void;

/**
 * Limits how many requests are handled at the same time, so that the event loop has time for all clients. A request takes one or two
 * milliseconds of it, a large page of the history about twenty. Each user has limits of their own. Unknown senders share theirs, in turn for
 * all addresses: requests of public routes (the newest of an address first), and requests whose token has not been verified yet (in the
 * order in which the `ConnectionGate` reads their connections). Connections whose last token was denied come last.
 */
export class RequestTurns {
  private readonly probes;
  private readonly publicRoutes;
  private readonly unknownTokens;
  private readonly afterDenial;
  private readonly reads;
  private readonly largeReads;
  private readonly uploads;
  private readonly changes;
  private readonly readsOfAws;
  private readonly denied = new WeakSet<Socket>();

  /**
   * @param onDenied called when the request of a connection was denied
   * @param afterOthers calls a function when other events of the process have been handled
   */
  constructor(
    private readonly tokens: TokenCache,
    private readonly onVerified: OnVerified,
    private readonly onDenied: (connection: Socket, response: ServerResponse) => void,
    afterOthers: (next: () => void) => void,
  ) {
    const shares = new BusyShares();
    const ofUnknown = (limits: TurnLimits): FairLimiter =>
      new FairLimiter(limits, afterOthers, { presence: new Presence(), shares });
    this.probes = ofUnknown({ total: 16, newestFirst: true });
    this.publicRoutes = ofUnknown({ total: 8, newestFirst: true });
    this.unknownTokens = ofUnknown({ total: 16 });
    this.afterDenial = ofUnknown({ total: 4, newestFirst: true });
    const presence = new Presence();
    const ofUsers = (limits: TurnLimits): FairLimiter => new FairLimiter(limits, afterOthers, { presence, shares });
    this.reads = ofUsers({ perClient: 24, besideOthers: { turns: 4, rests: 'while_more_wait', restFactor: 1 } });
    this.largeReads = ofUsers({ perClient: 4 });
    // A body can take its time, and up to 1 MiB.
    this.uploads = ofUsers({ perClient: 16 });
    this.changes = ofUsers({ perClient: 4, besideOthers: { turns: 1, rests: 'always', restFactor: 3 } });
    this.readsOfAws = ofUsers({ perClient: 32 });
  }

  /** How many requests wait for their turn. */
  get waiting(): number {
    const { unknown, afterDenial } = this.waitingAtGate;
    const { reads, largeReads, uploads, changes, readsOfAws } = this;
    const ofUsers = [reads, largeReads, uploads, changes, readsOfAws];
    return ofUsers.reduce((sum, { waiting }) => sum + waiting, unknown + afterDenial);
  }

  /** How many users rest after their reads, and after their changes. */
  get resting(): { readonly reads: number; readonly changes: number } {
    return { reads: this.reads.resting, changes: this.changes.resting };
  }

  /** How many requests of a user wait for their turn. */
  waitingOf(user: string): number {
    const { reads, largeReads, uploads, changes } = this;
    return [reads, largeReads, uploads, changes].reduce((sum, limiter) => sum + limiter.waitingOf(user), 0);
  }

  /** The user that a token belonged to when it was last looked up; null when it is not known. */
  ownerOfToken(token: string): string | null {
    const owner = this.tokens.ownerOf(token);
    return owner === null ? null : userKey(owner);
  }

  /** How many requests wait that the {@link ConnectionGate} limits. */
  get waitingAtGate(): { readonly unknown: number; readonly withToken: number; readonly afterDenial: number } {
    const { probes, publicRoutes, unknownTokens, afterDenial } = this;
    return {
      unknown: probes.waiting + publicRoutes.waiting + unknownTokens.waiting,
      withToken: unknownTokens.waiting,
      afterDenial: afterDenial.waiting,
    };
  }

  /**
   * Checks the credentials of a request when it is its turn. The turn ends with the response. When the token was not known before,
   * the turn ends as soon as it is verified and one of its user follows: what a user waits for delays no other.
   * @throws what `check` throws; ProblemError `too_many_waits`
   */
  async inTurn(request: FastifyRequest, reply: FastifyReply, check: () => Promise<void>): Promise<void> {
    const { socket } = request.raw;
    const owner = this.ownerOf(request);
    if (owner !== null) await this.takeOfUser(userKey(owner), reply);
    else await take(this.limiterOfUnknown(request), addressKey(request), reply);
    try {
      await check();
    } catch (error) {
      this.denied.add(socket);
      this.onDenied(socket, reply.raw);
      throw error;
    }
    const { caller } = request;
    if (caller === null) return;
    this.denied.delete(socket);
    const user = userKey(caller);
    this.onVerified(socket, reply.raw, user);
    if (owner !== null) return;
    request.endTurn?.();
    await this.takeOfUser(user, reply);
  }

  /** A change takes its turn when its body has been read: until then it has one of those for bodies. */
  async afterBody(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { caller } = request;
    if (caller === null || this.limiterOf(request) !== this.uploads) return;
    request.endTurn?.();
    await take(this.changes, userKey(caller), reply);
  }

  private async takeOfUser(user: string, reply: FastifyReply): Promise<void> {
    const limiter = this.limiterOf(reply.request);
    if (limiter.waitingOf(user) >= QUEUE_LIMIT)
      throw new ProblemError(
        'too_many_waits',
        `You have ${QUEUE_LIMIT} requests that wait; try again when one has ended`,
        {
          headers: { 'retry-after': RETRY_AFTER_SECONDS },
        },
      );
    await take(limiter, user, reply);
  }

  private ownerOf({ headers: { authorization }, routeOptions }: FastifyRequest): ReturnType<TokenCache['ownerOf']> {
    const token = bearerToken(authorization);
    return routeOptions.config.public === true || token === null ? null : this.tokens.ownerOf(token);
  }

  private limiterOf({ method, routeOptions }: FastifyRequest): FairLimiter {
    if (routeOptions.config.readsAws === true) return this.readsOfAws;
    if (routeOptions.config.readsMuch === true) return this.largeReads;
    return isSafeMethod(method) ? this.reads : this.uploads;
  }

  private limiterOfUnknown(request: FastifyRequest): FairLimiter {
    if (isProbe(request)) return this.probes;
    if (request.routeOptions.config.public === true) return this.publicRoutes;
    return this.denied.has(request.raw.socket) ? this.afterDenial : this.unknownTokens;
  }
}

/** Waits for a turn, which ends with the response. A request whose connection has been closed is not handled any more. */
async function take(limiter: FairLimiter, client: string, { request, raw }: FastifyReply): Promise<void> {
  await new Promise<void>((resolve) => {
    if (raw.destroyed) return;
    const end = limiter.request(client, resolve);
    request.endTurn = () => {
      raw.off('prefinish', finish).off('close', finish);
      end();
    };
    const finish = request.endTurn;
    // `prefinish` follows the call of `end`. `finish` would wait for the client to read.
    raw.on('prefinish', finish).on('close', finish);
  });
}
