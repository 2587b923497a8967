import { z } from 'zod';
import { type Api, startApi, startTokenServer, type TokenServer, until } from '../../local/parts/index.js';
import { Rig, type RigOptions } from './rig.js';

const SCOPE = 'deployer';
const USER = 'robot';
const ANSWER_LIMIT_MS = 40_000;
const READY_MS = 20_000;

/** What a request has beside its method and its path. */
export interface Asked {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Another token than the robot's. */
  readonly token?: string;
  /** How long the answer may take. */
  readonly limitMs?: number;
}

/** An answer that has been read to its end. */
export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

const accepted = z.object({ id: z.string() });

/** A rig with what stands before it: an API process and a token service. */
export class ServedRig {
  private constructor(
    readonly rig: Rig,
    readonly tokens: TokenServer,
    readonly api: Api,
    private readonly token: string,
  ) {}

  /** Starts everything; ends with `stop`. */
  static async start(options: RigOptions = {}): Promise<ServedRig> {
    const [rig, tokens] = await Promise.all([Rig.start(options), startTokenServer()]);
    const api = await startApi({
      REDIS_URL: rig.valkey.url,
      TOKENINFO_URL: tokens.tokeninfoUrl,
      DEPLOYER_SCOPE: SCOPE,
      ALLOWED_USERS: USER,
    });
    const served = new ServedRig(rig, tokens, api, tokens.addToken({ uid: USER, scope: [SCOPE] }));
    await until(
      'the API to know its worker',
      READY_MS,
      async () => (await served.call('GET', '/health')).status === 200,
    );
    return served;
  }

  /** A token of the robot's that nobody has seen yet. */
  newToken(): string {
    return this.tokens.addToken({ uid: USER, scope: [SCOPE] });
  }

  /** A request. @throws when the answer takes longer than its limit */
  async call(method: string, path: string, asked: Asked = {}): Promise<Told> {
    const { body, token = this.token, limitMs = ANSWER_LIMIT_MS } = asked;
    const answer = await fetch(this.api.url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(limitMs),
    });
    const text = await answer.text();
    const json: unknown = text === '' ? null : JSON.parse(text);
    return { status: answer.status, headers: answer.headers, json };
  }

  /** Submits a deployment; answers with its id. @throws when it is not taken */
  async deploy(definition: string, version = 'v1', more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const body = { senza_yaml: definition, stack_version: version, ...more };
    const { status, json } = await this.call('POST', '/api/deployments', { body });
    if (status !== 202) throw new Error(`not taken: ${status} ${JSON.stringify(json)}`);
    return accepted.parse(json).id;
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    await this.api.kill();
    await Promise.all([this.rig.stop(), this.tokens.stop()]);
  }
}
