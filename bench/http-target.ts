/** An agent that is measured through its API. */
export interface HttpAgent {
  /** Calls and reads the whole answer. Throws on another status than the expected one. */
  call(method: string, path: string, expected: number, body?: unknown): Promise<void>;
  stop(): Promise<void>;
}

/** Calls an agent with a token. */
export class HttpTarget {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** See {@link HttpAgent}. */
  async call(method: string, path: string, expected: number, body?: unknown): Promise<void> {
    const response = await fetch(this.url + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
    });
    const text = await response.text();
    if (response.status !== expected) throw new Error(`${method} ${path} returned ${response.status}: ${text}`);
  }
}
