import {
  type Api,
  type AwsEmulator,
  startApi,
  startTokenServer,
  type TokenServer,
  until,
  type Worker,
} from '../../local/services/index.js';
import { type Answer, type CallOptions, LizzyClient } from '#client';
import { Rig, type RigOptions } from './worker-environment.js';

/** The scope and the user that may deploy. */
export const SCOPE = 'deployer';
export const USER = 'robot';

const WORKERS_KNOWN_MS = 20_000;

/** How a whole Lizzy is started. */
export interface WholeLizzyOptions extends RigOptions {
  readonly apiEnv?: Readonly<Record<string, string>>;
}

/** A rig with an API and an OAuth2 server, as separate processes. */
export class WholeLizzy {
  /** The API's client with the robot's token. */
  readonly client: LizzyClient;

  private constructor(
    readonly rig: Rig,
    readonly tokens: TokenServer,
    readonly api: Api,
    readonly token: string,
  ) {
    this.client = new LizzyClient({ url: api.url, token });
  }

  /** Starts everything, with stacks that change immediately by default; call `stop` at the end. */
  static async start({ apiEnv = {}, ...options }: WholeLizzyOptions = {}): Promise<WholeLizzy> {
    const [rig, tokens] = await Promise.all([
      Rig.start({ stackSeconds: 0, ...options }),
      startTokenServer({ clients: { [USER]: USER } }),
    ]);
    const api = await startApi({
      REDIS_URL: rig.valkey.url,
      TOKENINFO_URL: tokens.tokeninfoUrl,
      TOKEN_URL: tokens.tokenUrl,
      DEPLOYER_SCOPE: SCOPE,
      ALLOWED_USERS: USER,
      ...apiEnv,
    });
    const lizzy = new WholeLizzy(rig, tokens, api, newToken(tokens));
    if (rig.workers.length > 0) await until('the API to know its workers', WORKERS_KNOWN_MS, () => lizzy.isWell());
    return lizzy;
  }

  /** AWS, as the workers see it. */
  get aws(): AwsEmulator {
    return this.rig.aws;
  }

  /** A token of the robot's that has not been used yet. */
  newToken(): string {
    return newToken(this.tokens);
  }

  /** Starts one more worker. */
  async addWorker(env: Readonly<Record<string, string>> = {}): Promise<Worker> {
    return await this.rig.addWorker(env);
  }

  /** A request with the robot's token, or another one. */
  async call(method: string, path: string, options: CallOptions = {}, token = this.token): Promise<Answer> {
    return await new LizzyClient({ url: this.api.url, token }).call(method, path, options);
  }

  /** Submits a deployment; returns its id. @throws when it is not accepted */
  async deploy(definition: string, version = 'v1', more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return (await this.client.deploy({ senza_yaml: definition, stack_version: version, ...more })).id;
  }

  /** How often AWS carried this out, by its own record. */
  async calls(action: string, stack?: string): Promise<number> {
    return await this.rig.calls(action, stack);
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    await this.api.stop();
    await Promise.all([this.rig.stop(), this.tokens.stop()]);
  }

  private async isWell(): Promise<boolean> {
    return (await this.call('GET', '/health')).status === 200;
  }
}

function newToken(tokens: TokenServer): string {
  return tokens.addToken({ uid: USER, scope: ['uid', SCOPE] });
}
