import {
  type Api,
  type AwsEmulator,
  type AwsEmulatorOptions,
  type PartOptions,
  startApi,
  startAwsEmulator,
  startTokenServer,
  startValkey,
  startWorker,
  type TokenServer,
  type Valkey,
  type ValkeyOptions,
  type Worker,
} from '../services/index.js';

/** The OAuth2 scope of the tokens that may deploy. */
export const SCOPE = 'deploy';
/** The user that may deploy, unless another one is named. */
export const USER = 'robot';
/** The region of a Lizzy unless its environment names another. */
export const REGION = 'eu-west-1';

const TOKEN_SECONDS = 24 * 3600;

/** The parts that an agent needs; null: not started. */
export interface LizzyOptions {
  readonly valkey?: ValkeyOptions;
  readonly aws?: AwsEmulatorOptions | null;
  /** The user that may deploy, also the client ID and secret; null: no token server. */
  readonly user?: string | null;
}

type Env = Readonly<Record<string, string>>;

/** Lizzy's processes on this machine: a Valkey, an AWS emulator, a token server, and as many APIs and workers as are added. */
export class Lizzy {
  readonly apis: Api[] = [];
  readonly workers: Worker[] = [];
  /** A token of the user that may deploy; empty without a token server. */
  readonly token: string;

  private constructor(
    /** Replaced when a test restarts it. */
    public valkey: Valkey,
    private readonly startedAws: AwsEmulator | null,
    private readonly startedTokens: TokenServer | null,
    readonly user: string,
  ) {
    this.token = startedTokens === null ? '' : this.newToken();
  }

  /** Starts Valkey, the AWS emulator and the token server on free ports; call `stop` at the end. When one does not start, the others are stopped. */
  static async start({ valkey, aws = {}, user = USER }: LizzyOptions = {}): Promise<Lizzy> {
    const starting = [
      startValkey(valkey),
      aws === null ? Promise.resolve(null) : startAwsEmulator(aws),
      user === null ? Promise.resolve(null) : startTokenServer({ clients: { [user]: user } }),
    ] as const;
    try {
      return new Lizzy(...(await Promise.all(starting)), user ?? '');
    } catch (error) {
      for (const part of await Promise.allSettled(starting)) {
        if (part.status === 'fulfilled') await part.value?.stop();
      }
      throw error;
    }
  }

  /** AWS, as the workers see it. @throws when it was not started */
  get aws(): AwsEmulator {
    if (this.startedAws === null) throw new Error('the AWS emulator was not started');
    return this.startedAws;
  }

  /** @throws when it was not started */
  get tokens(): TokenServer {
    if (this.startedTokens === null) throw new Error('the token server was not started');
    return this.startedTokens;
  }

  /** The first API. @throws when there is none */
  get api(): Api {
    const [api] = this.apis;
    if (api === undefined) throw new Error('no API was started');
    return api;
  }

  /** A token of the user that may deploy, which has not been used yet. */
  newToken(): string {
    return this.tokens.addToken({ uid: this.user, scope: ['uid', SCOPE], expiresInSeconds: TOKEN_SECONDS });
  }

  /** The environment variables of an API that uses them. */
  get apiEnv(): Env {
    return {
      REDIS_URL: this.valkey.url,
      REGION,
      TOKENINFO_URL: this.tokens.tokeninfoUrl,
      TOKEN_URL: this.tokens.tokenUrl,
      DEPLOYER_SCOPE: SCOPE,
      ALLOWED_USERS: this.user,
    };
  }

  /** Starts one more API process. */
  async addApi(env: Env = {}, options: PartOptions = {}): Promise<Api> {
    const api = await startApi({ ...this.apiEnv, ...env }, options);
    this.apis.push(api);
    return api;
  }

  /** Starts an API that has exited once more, on its port. */
  async restartApi(exited: Api): Promise<void> {
    const api = await startApi({ ...this.apiEnv, PORT: String(exited.port) });
    this.apis.splice(this.apis.indexOf(exited), 1, api);
  }

  /** Starts one more worker process. */
  async addWorker(env: Env = {}, options: PartOptions = {}): Promise<Worker> {
    const own = { REDIS_URL: this.valkey.url, REGION, ...this.aws.env, POLL_SECONDS: '1' };
    const worker = await startWorker({ ...own, ...env }, options);
    this.workers.push(worker);
    return worker;
  }

  /** Stops all parts, the ones that use others first. @param signal to APIs and workers */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await Promise.all([...this.apis, ...this.workers].map((part) => part.stop(signal)));
    await Promise.all([this.valkey.stop(), this.startedAws?.stop(), this.startedTokens?.stop()]);
  }
}
