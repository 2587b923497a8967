import { lizzyVersion } from '#config';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SCOPE, TestEnvironment, USER } from '../support/test-environment.js';
import { readDifferences } from './differences.js';
import { bodyOf, shapeOf } from './shape.js';
import { type Exchange, readExchanges } from './transcript.js';

const exchanges = readExchanges();
const differences = readDifferences();

/** Bodies that are different on purpose, see docs/upgrading-from-lizzy-2.md; and a page for people. */
const OTHER_BODIES = ['42-status', '46-swagger', '47-ui', '48-schema-discovery'];
/**
 * Preparation of an exchange, so that it finds the stacks of the recording although Lizzy 3 executed an earlier request that
 * Lizzy 2.5.4 had not executed.
 */
const BEFORE: Readonly<Record<string, readonly [method: string, path: string, body: string]>> = {
  '39-delete-ok': ['POST', '/api/stacks', exchanges.find(({ name }) => name === '04-create-bare')?.body ?? ''],
};

let lizzy: TestEnvironment;
beforeAll(async () => {
  lizzy = await TestEnvironment.start({ apis: 1, workers: 1 });
  const { tokens } = lizzy;
  const anonymous = JSON.stringify({ scope: ['uid', SCOPE], expires_in: 3600 });
  tokens.addToken({ uid: USER, scope: ['uid', SCOPE] }, 'good');
  tokens.addToken({ uid: USER, scope: ['uid'] }, 'wrongscope');
  tokens.addToken({ uid: 'another-user', scope: ['uid', SCOPE] }, 'otheruser');
  tokens.setFault({ kind: 'answer', status: 200, body: anonymous }, 'nouid');
  tokens.setFault({ kind: 'answer', status: 200, body: '<html></html>' }, 'html');
});
afterAll(async () => {
  await lizzy.stop();
});

async function replay({ name, method, path, headers, body }: Exchange): Promise<{ answer: Response; text: string }> {
  const before = BEFORE[name];
  if (before !== undefined) {
    const { status } = await lizzy.call(before[0], before[1], { body: before[2] });
    expect([name, status]).toEqual([name, expect.any(Number)]);
    expect(status).toBeLessThan(300);
  }
  const answer = await fetch(lizzy.api.url + path, { method, headers, ...(body === null ? {} : { body }) });
  return { answer, text: await answer.text() };
}

/** A recorded stack is the same but for the time of its creation, which has the same form. */
function expected(recorded: unknown): unknown {
  if (Array.isArray(recorded)) return recorded.map(expected);
  if (typeof recorded !== 'object' || recorded === null || !('creation_time' in recorded)) return recorded;
  if (recorded.creation_time === '') return recorded;
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/;
  expect(recorded.creation_time).toMatch(time);
  return { ...recorded, creation_time: expect.stringMatching(time) };
}

/** Senza's output; the agent's own tags name its version, and the job. */
function comparableOutput(output: string): string {
  return output
    .replaceAll(/'LizzyVersion', 'Value': '[^']*'/g, "'LizzyVersion'")
    .replaceAll(/, \{'Key': 'Lizzy(?:JobId|Definition)'[^}]*\}/g, '');
}

describe('what Lizzy 2.5.4 answered', () => {
  it('was recorded, and every difference is about a recorded exchange', () => {
    expect(exchanges).toHaveLength(95);
    for (const { exchange, recorded } of differences.values()) {
      const status = exchanges.find(({ name }) => name === exchange)?.answer.status;
      expect([exchange, recorded]).toEqual([exchange, status]);
    }
  });

  it.each(exchanges)('$name: $method $path', async (exchange) => {
    const { answer, text } = await replay(exchange);
    const { name, answer: recorded } = exchange;
    const difference = differences.get(name);
    expect(answer.status).toBe(difference?.status ?? recorded.status);
    expect(answer.headers.get('x-lizzy-version')).toBe(lizzyVersion);
    expect(answer.headers.get('x-senza-version')).toBe('2.1.143');
    if (answer.status >= 400) {
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      const problem = { detail: expect.any(String), status: answer.status, title: expect.any(String) };
      expect(bodyOf(text)).toMatchObject({ ...problem, ...(difference?.title ? { title: difference.title } : {}) });
    } else if (difference === undefined) {
      expectSame(recorded, answer, text, name);
    }
    if (answer.status === 405) expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST');
    if (answer.status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });
});

function expectSame(recorded: Exchange['answer'], answer: Response, text: string, name: string): void {
  const type = recorded.headers['content-type'];
  if (text !== '') expect(answer.headers.get('content-type')?.split(';')[0]).toBe(type?.split(';')[0]);
  const { allow, 'x-lizzy-output': output } = recorded.headers;
  if (allow !== undefined) expect(answer.headers.get('allow')).toBe(allow);
  if (output !== undefined) {
    expect(comparableOutput(answer.headers.get('x-lizzy-output') ?? 'none')).toBe(comparableOutput(output));
  }
  if (OTHER_BODIES.includes(name)) return;
  expect(shapeOf(bodyOf(text))).toEqual(shapeOf(bodyOf(recorded.body)));
  expect(bodyOf(text)).toEqual(expected(bodyOf(recorded.body)));
}

describe('bodies that are different', () => {
  it('has a status with the settings that still exist', async () => {
    const { json } = await lizzy.call('GET', '/api/status');
    expect(json).toEqual({
      version: lizzyVersion,
      senza_version: '2.1.143',
      status: 'OK',
      checks: {
        ...Object.fromEntries(
          ['redis', 'workers', 'queue', 'senza', 'aws'].map((each) => [
            each,
            { status: 'ok', detail: null, since: null },
          ]),
        ),
        // One of the recorded exchanges is about a token service that responds with invalid data.
        token_service: expect.any(Object),
      },
      store_created_at: expect.any(String),
      config: expect.objectContaining({
        allowed_users: [USER],
        allowed_user_pattern: null,
        deployer_scope: SCOPE,
        region: 'eu-west-1',
        token_info_url: lizzy.tokens.tokeninfoUrl,
      }),
    });
  });

  it('has the URLs of the OpenAPI document and the console', async () => {
    const { json } = await lizzy.call('GET', '/.well-known/schema-discovery');
    expect(json).toEqual({ schema_type: 'openapi-3.1', schema_url: '/api/swagger.json', ui_url: '/api/ui/' });
    expect((await lizzy.call('GET', '/api/swagger.json')).json).toMatchObject({ openapi: '3.1.0' });
    expect((await lizzy.call('GET', '/api/ui/')).status).toBe(200);
  });
});
