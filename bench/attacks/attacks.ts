import { type Attack, BROKEN_TOKENS, repeat, submitted } from './attack.js';
import { bearer, bursts, flood, get, trickled, unread } from './connections.js';
import * as definitions from './definitions.js';
import { LizzyClient } from '#client';

const DOCUMENT = get('/api/swagger.json');
const BUNDLE = get('/api/ui/swagger-ui-bundle.js');
const HISTORY = '/api/jobs?limit=200';
/** As long as a header with it may be. */
const LONG = 'x'.repeat(14_000);

function pipelined(connections: number, requests: number, request: string, what: string): Attack {
  return unread(`row 3: ${connections} connections with ${requests} unread ${what}`, connections, () =>
    request.repeat(requests),
  );
}

/** Requests with tokens for which the token service fails. */
function brokenTokenService(what: string, tokenService: NonNullable<Attack['tokenService']>): Attack {
  const token = (number: number): string => BROKEN_TOKENS[number % BROKEN_TOKENS.length] ?? '';
  const request = (_target: unknown, number: number): string => get('/api/jobs', bearer(token(number)));
  return { ...flood(`row 9: a token service with ${what}`, 64, request), tokenService };
}

/** The header of a request for a change. @param fields further header fields, with the ends of their lines */
function changeWith(token: string, fields: string): string {
  return get('/api/deployments', `${bearer(token)}content-type: application/json\r\n${fields}`).replace('GET', 'POST');
}

/** A request whose body is longer than the API accepts, one byte in each chunk. */
function chunkedBody(token: string): string {
  return changeWith(token, 'transfer-encoding: chunked\r\n') + '1\r\n \r\n'.repeat(100_000);
}

/** A request with the first 60 KB of its body. */
function partOfBody(token: string): string {
  return changeWith(token, 'content-length: 200000\r\n') + ' '.repeat(60_000);
}

/** Bodies of lists in lists. */
function deepBodies(depth: number): Attack {
  const body = `{"tags":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  return {
    name: `row 12: bodies with ${depth} lists in each other`,
    run: async ({ url, token }, signal, onStatus) => {
      const client = new LizzyClient({ url, token });
      const send = async (): Promise<number> =>
        (await client.call('POST', '/api/deployments', { body, signal })).status;
      await repeat(4, send, signal, onStatus);
    },
  };
}

/** The attacks of the review of November 2026, by the rows of its report, and some of the same kinds. */
export const ATTACKS: readonly Attack[] = [
  submitted('row 1: errors of Senza with 200 KB', 4, (n) => ({ senza_yaml: definitions.longError(`long-${n}`) })),
  submitted('row 2: 125,000 open templates', 4, () => ({ senza_yaml: definitions.openTemplates })),
  submitted('row 2: 8,000 anchors and aliases', 4, () => ({ senza_yaml: definitions.aliases() })),
  submitted('row 2: 30,000 values', 4, (n) => ({ senza_yaml: definitions.manyValues(`values-${n}`) })),
  submitted('row 2: 250,000 open brackets', 4, () => ({ senza_yaml: definitions.openBrackets })),
  submitted('row 2: 125,000 flow commas', 4, () => ({ senza_yaml: definitions.commas })),
  pipelined(10, 1400, DOCUMENT, 'documents'),
  pipelined(120, 1400, DOCUMENT, 'documents'),
  pipelined(400, 15, DOCUMENT, 'documents'),
  pipelined(400, 15, BUNDLE, 'bundles of the console'),
  pipelined(2000, 15, DOCUMENT, 'documents'),
  pipelined(2000, 1, `${get('/health/live').slice(0, -2)}x: `, 'headers that do not end'),
  pipelined(400, 15, get('/api/jobs', bearer('nonsense')), 'bad tokens'),
  unread('row 3: 400 connections with 15 unread pages of the history', 400, ({ token }) =>
    get(HISTORY, bearer(token)).repeat(15),
  ),
  unread('row 3: 12,000 connections without a request', 12_000, () => ''),
  unread(
    'row 3: 400 connections with bodies that do not end',
    400,
    () => `POST /api/deployments HTTP/1.1\r\nhost: x\r\n${bearer('nonsense')}content-length: 1000\r\n\r\n{`,
  ),
  unread('row 3: 400 connections with bodies in chunks of one byte', 400, ({ token }) => chunkedBody(token)),
  unread('row 3: 9,000 connections with 60 KB of a body', 9_000, ({ token }) => partOfBody(token)),
  trickled('row 3: 400 connections with bodies in packets of one byte', 400, ({ token }) => ({
    head: changeWith(token, 'content-length: 200000\r\n'),
    bytes: ' '.repeat(200_000),
    intervalMs: 1,
  })),
  trickled('row 3: 400 connections with headers in packets of one byte', 400, () => ({
    bytes: `${get('/api/jobs').slice(0, -2)}x: ${LONG}`,
    intervalMs: 1,
  })),
  trickled('row 3: 2,000 connections with headers byte by byte', 2_000, () => ({
    bytes: `${get('/api/jobs').slice(0, -2)}x: ${LONG}`,
  })),
  flood('row 3: 400 connections that expect to continue', 400, ({ token }) =>
    get('/api/deployments', `${bearer(token)}expect: 100-continue\r\ncontent-length: 0\r\n`).replace('GET', 'POST'),
  ),
  flood('row 3: 2,000 connections with event streams', 2_000, ({ token }) => get('/api/events', bearer(token))),
  flood('row 3: 2,000 connections that wait for jobs', 2_000, ({ token }) => get('/api/jobs/x?wait=55', bearer(token))),
  submitted('row 4: six nested loops', 10, (n) => ({ senza_yaml: definitions.nestedLoops(`loops-${n}`) })),
  submitted('row 4: two loops around 100 KB', 10, (n) => ({ senza_yaml: definitions.largeLoops(`large-${n}`) })),
  submitted('row 4: values that double', 10, (n) => ({ senza_yaml: definitions.doubling(`double-${n}`) })),
  submitted('row 5: jobs of one user', 16, (n) => ({ senza_yaml: definitions.small(`many-${n}`), dry_run: true })),
  flood('row 5: 2,000 connections with 1,200 header fields', 2_000, ({ token }) =>
    get('/api/jobs', bearer(token) + Array.from({ length: 1_200 }, (_, index) => `x${index}: y\r\n`).join('')),
  ),
  flood('row 5: 2,000 connections that upgrade event streams', 2_000, ({ token }) =>
    get('/api/events', `${bearer(token)}connection: upgrade\r\nupgrade: websocket\r\n`),
  ),
  bursts('row 5: 1,000 connections that send requests together', 1_000, ({ token }) =>
    get('/api/jobs?limit=1', bearer(token)),
  ),
  flood('row 5: 64 connections with bad tokens', 64, (_target, number) => get('/api/jobs', bearer(`bad-${number}`))),
  flood('row 5: 400 connections with bad tokens', 400, (_target, number) => get('/api/jobs', bearer(`bad-${number}`))),
  flood('row 5: 9,000 connections with bad tokens', 9_000, (_target, number) =>
    get('/api/jobs', bearer(`bad-${number}`)),
  ),
  flood('row 5: 400 connections without tokens', 400, () => get('/api/jobs')),
  flood('row 5: 400 connections with probes', 400, () => get('/health')),
  flood('row 5: 64 connections with pages of the history', 64, ({ token }) => get(HISTORY, bearer(token))),
  flood('row 5: 400 connections with pages of the history', 400, ({ token }) => get(HISTORY, bearer(token))),
  flood('row 5: 64 connections with exports of the history', 64, ({ token }) =>
    get('/api/jobs', `${bearer(token)}accept: application/x-ndjson\r\n`),
  ),
  brokenTokenService('responses without an end', { kind: 'endless' }),
  brokenTokenService('compressed responses', { kind: 'endless', headers: { 'content-encoding': 'gzip' } }),
  brokenTokenService('no response', { kind: 'hang' }),
  brokenTokenService('status 500', { kind: 'answer', status: 500, body: '' }),
  flood('row 12: made-up regions', 16, ({ token }, number) =>
    get(`/api/stacks?region=${madeUpRegion(number)}`, bearer(token)),
  ),
  flood('row 12: long filters', 64, ({ token }) =>
    get(`/api/jobs?stack_name=${'x,'.repeat(100)}&region=${LONG.slice(0, 10_000)}`, bearer(token)),
  ),
  flood('row 12: many filters', 64, ({ token }) =>
    get(`/api/jobs?${'stack_name=x&'.repeat(1000)}status=failed`, bearer(token)),
  ),
  flood('row 12: long cursors', 64, ({ token }) => get(`/api/jobs?cursor=${LONG}`, bearer(token))),
  flood('row 12: long idempotency keys', 64, ({ token }) =>
    get('/api/jobs/x/cancel', `${bearer(token)}idempotency-key: ${LONG}\r\n`).replace('GET', 'POST'),
  ),
  submitted('row 12: 200 secrets', 4, (n) => ({
    senza_yaml: definitions.manySecrets(`secrets-${n}`),
    parameters: Array.from({ length: 200 }, (_, index) => `P${index}=secret-value-${index}`),
  })),
  submitted('row 12: 16,000 parameters', 4, (n) => ({
    senza_yaml: definitions.small(`parameters-${n}`),
    parameters: Array.from({ length: 16_000 }, (_, index) => `P${index}=1`),
  })),
  deepBodies(250_000),
  submitted('row 12: definitions with 30,000 errors', 4, () => ({ senza_yaml: definitions.manyErrors() })),
  submitted('row 12: 60,000 wrong members', 4, () => ({
    senza_yaml: 1,
    ...Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`m${index}`, 1])),
  })),
];

function madeUpRegion(number: number): string {
  const letters = Array.from({ length: 4 }, (_, index) => LETTERS[Math.floor(number / 26 ** index) % 26]);
  return `eu-${letters.join('')}-1`;
}
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
