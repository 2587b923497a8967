import { LizzyClient } from '#client';
import { type Attack, repeat, submit, type Target, unread } from './attack.js';
import * as definitions from './definitions.js';

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n${more}\r\n`;
const DOCUMENT = get('/api/swagger.json');
const BUNDLE = get('/api/ui/swagger-ui-bundle.js');

function pipelined(connections: number, requests: number, request: string, what: string): Attack {
  return {
    name: `row 3: ${connections} connections with ${requests} unread ${what}`,
    run: (target, signal) => unread(target, { connections, bytes: request.repeat(requests) }, signal),
  };
}

function submitted(
  name: string,
  parallel: number,
  body: (number: number) => Readonly<Record<string, unknown>>,
): Attack {
  return { name, run: (target, signal) => submit(target, { parallel, body }, signal) };
}

/** Requests of one client. @param path gets the number of the request */
function requested(
  name: string,
  parallel: number,
  path: (number: number) => string,
  token?: (n: number) => string,
): Attack {
  return {
    name,
    run: ({ url, token: own }: Target, signal) =>
      repeat(
        parallel,
        (number) => new LizzyClient({ url, token: token?.(number) ?? own }).call('GET', path(number), { signal }),
        signal,
      ),
  };
}

/** The attacks of the review of November 2026, by the rows of its report, and some of the same kinds. */
export const ATTACKS: readonly Attack[] = [
  submitted('row 1: errors of Senza with 200 KB', 4, (n) => ({ senza_yaml: definitions.longError(`long-${n}`) })),
  submitted('row 2: 125,000 open templates', 4, () => ({ senza_yaml: definitions.openTemplates })),
  submitted('row 2: 8,000 anchors and aliases', 4, () => ({ senza_yaml: definitions.aliases() })),
  submitted('row 2: 250,000 open brackets', 4, () => ({ senza_yaml: definitions.openBrackets })),
  submitted('row 2: 125,000 flow commas', 4, () => ({ senza_yaml: definitions.commas })),
  pipelined(10, 1400, DOCUMENT, 'documents'),
  pipelined(120, 1400, DOCUMENT, 'documents'),
  pipelined(400, 15, DOCUMENT, 'documents'),
  pipelined(400, 15, BUNDLE, 'bundles of the console'),
  pipelined(2000, 15, DOCUMENT, 'documents'),
  pipelined(2000, 1, `${get('/health/live').slice(0, -2)}x: `, 'headers that do not end'),
  pipelined(400, 15, get('/api/jobs', 'authorization: Bearer nonsense\r\n'), 'bad tokens'),
  submitted('row 4: six nested loops', 10, (n) => ({ senza_yaml: definitions.nestedLoops(`loops-${n}`) })),
  submitted('row 4: two loops around 100 KB', 10, (n) => ({ senza_yaml: definitions.largeLoops(`large-${n}`) })),
  submitted('row 4: values that double', 10, (n) => ({ senza_yaml: definitions.doubling(`double-${n}`) })),
  submitted('row 5: jobs of one user', 16, (n) => ({ senza_yaml: definitions.small(`many-${n}`), dry_run: true })),
  requested(
    'row 5: bad tokens',
    64,
    () => '/api/jobs',
    (n) => `bad-${n}`,
  ),
  requested('row 12: made-up regions', 16, (n) => `/api/stacks?region=${madeUpRegion(n)}`),
  submitted('row 12: 200 secrets', 4, (n) => ({
    senza_yaml: definitions.manySecrets(`secrets-${n}`),
    parameters: Array.from({ length: 200 }, (_, index) => `P${index}=secret-value-${index}`),
  })),
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
