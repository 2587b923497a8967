import { type TokenCache } from '#auth';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { bulkhead, type BulkheadPolicy } from 'cockatiel';

/** How many requests are handled at the same time; further ones wait. Each takes one or two milliseconds of the event loop. */
const MAX_PUBLIC = 8;
const MAX_UNKNOWN_TOKENS = 16;

/**
 * Lets requests of unknown senders wait for each other: those of public routes, and those with a token that has not been verified
 * yet. However many arrive at once, the event loop has time for users whose tokens are known. Requests are handled in order of
 * arrival; as many can wait as there are connections.
 */
export class UnverifiedRequests {
  private readonly publicRoutes = bulkhead(MAX_PUBLIC, Infinity);
  private readonly unknownTokens = bulkhead(MAX_UNKNOWN_TOKENS, Infinity);

  constructor(private readonly tokens: TokenCache) {}

  /**
   * Checks the credentials of a request when it is its turn. The next one follows after the response, or as soon as the token is
   * verified: what a known user then waits for delays no other user.
   * @throws what `check` throws
   */
  async inTurn(request: FastifyRequest, reply: FastifyReply, check: () => Promise<void>): Promise<void> {
    const policy = this.policyFor(request);
    if (policy === null) {
      await check();
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const handled = async (): Promise<void> => {
        const checked = check();
        resolve(checked);
        const isVerified = await checked.then(
          () => true,
          () => false,
        );
        if (!isVerified || policy === this.publicRoutes) await responded(request, reply);
      };
      policy.execute(handled).catch(reject);
    });
  }

  private policyFor({ headers: { authorization }, routeOptions }: FastifyRequest): BulkheadPolicy | null {
    if (routeOptions.config.public === true) return this.publicRoutes;
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    return token !== undefined && this.tokens.isKnown(token) ? null : this.unknownTokens;
  }
}

/** Resolves when a response was written, begins to be streamed, or only waits for a rejected body, or when its connection is closed. */
async function responded({ raw: request }: FastifyRequest, { raw }: FastifyReply): Promise<void> {
  // The body of a rejected request flows only to be discarded, as slowly as its client sends it.
  if (raw.writableEnded || raw.destroyed || request.readableFlowing === true) return;
  await new Promise<void>((resolve) => {
    // `prefinish` follows the call of `end`. `finish` would wait for the client to read.
    for (const event of ['prefinish', 'pipe', 'close']) raw.once(event, resolve);
    request.once('resume', resolve);
  });
}
