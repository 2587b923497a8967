import {
  type Api,
  type AwsEmulator,
  startApi,
  startAwsEmulator,
  startTokenServer,
  startValkey,
  startWorker,
  type TokenServer,
  type Valkey,
  type Worker,
  until,
} from '../../local/parts/index.js';

/** The scope and the user that may deploy. */
export const SCOPE = 'deployer';
export const USER = 'robot';

const WORKERS_KNOWN_MS = 10_000;

/** How a whole Lizzy is started. */
export interface WholeLizzyOptions {
  readonly workers?: number;
  /** How long stacks take to be created, updated and deleted. */
  readonly stackSeconds?: number;
  readonly apiEnv?: Readonly<Record<string, string>>;
  readonly workerEnv?: Readonly<Record<string, string>>;
}

/** What a request has beside its method and its path. */
export interface CallOptions {
  /** Sent as JSON, or as it is when it is a string. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** An answer that has been read. `json` is undefined when the body is no JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

/** All parts of a Lizzy as processes of their own: Valkey, AWS over HTTP, an OAuth2 server, an API, workers. */
export class WholeLizzy {
  private constructor(
    readonly valkey: Valkey,
    readonly aws: AwsEmulator,
    readonly tokens: TokenServer,
    readonly api: Api,
    readonly workers: Worker[],
    readonly token: string,
    private readonly workerEnv: Readonly<Record<string, string>>,
  ) {}

  /** Starts everything; ends with `stop`. */
  static async start(options: WholeLizzyOptions = {}): Promise<WholeLizzy> {
    const { workers = 1, stackSeconds = 0, apiEnv = {}, workerEnv = {} } = options;
    const [valkey, aws, tokens] = await Promise.all([
      startValkey(),
      startAwsEmulator({ stackSeconds }),
      startTokenServer({ clients: { [USER]: USER } }),
    ]);
    const shared = { REDIS_URL: valkey.url, REGION: 'eu-west-1' };
    const access = { TOKENINFO_URL: tokens.tokeninfoUrl, DEPLOYER_SCOPE: SCOPE, ALLOWED_USERS: USER };
    const api = await startApi({ ...shared, ...access, TOKEN_URL: tokens.tokenUrl, ...apiEnv });
    const token = tokens.addToken({ uid: USER, scope: ['uid', SCOPE] });
    const env = { ...shared, ...aws.env, POLL_SECONDS: '1', ...workerEnv };
    const lizzy = new WholeLizzy(valkey, aws, tokens, api, [], token, env);
    await Promise.all(Array.from({ length: workers }, () => lizzy.addWorker()));
    if (workers > 0) await until('the API to know its workers', WORKERS_KNOWN_MS, () => lizzy.isWell());
    return lizzy;
  }

  /** Starts one more worker. */
  async addWorker(): Promise<Worker> {
    const worker = await startWorker(this.workerEnv);
    this.workers.push(worker);
    return worker;
  }

  /** A request with the robot's token. */
  async call(method: string, path: string, { body, headers = {}, signal }: CallOptions = {}): Promise<Answer> {
    const answer = await fetch(this.api.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: parse(text) };
  }

  private async isWell(): Promise<boolean> {
    return (await this.call('GET', '/health')).status === 200;
  }

  /** How often AWS carried this out, by its own record. */
  async calls(action: string, stack?: string): Promise<number> {
    const calls = await this.aws.control.calls({ kind: 'call', action, ...(stack === undefined ? {} : { stack }) });
    return calls.filter(({ status }) => status === 200).length;
  }

  /** Stops everything. */
  async stop(): Promise<void> {
    await this.api.stop();
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await Promise.all([this.aws.stop(), this.valkey.stop(), this.tokens.stop()]);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
