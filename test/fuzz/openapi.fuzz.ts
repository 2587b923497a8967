import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { inProject } from '../../local/services/index.js';
import { weighted } from '../support/definitions.js';
import { SCOPE, TestEnvironment } from '../support/test-environment.js';
import { startStreamEndingProxy, type StreamEndingProxy } from './stream-ending-proxy.js';

const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 60);
const START_TIMEOUT_MS = 60_000;

/** What must hold for every response. Whether a generated request is a sensible one, Schemathesis cannot know. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'ignored_auth',
];

describe('the API, with requests that Schemathesis generates from its OpenAPI document', () => {
  let lizzy: TestEnvironment;
  let proxy: StreamEndingProxy;
  const config = inProject('.local', 'schemathesis.toml');
  beforeAll(async () => {
    const apiEnv = { RATE_LIMIT_PER_MINUTE: '0', ALLOWED_USERS: 'robot,reader,admin', READ_SCOPE: 'read' };
    lizzy = await TestEnvironment.start({ apis: 1, workers: 1, apiEnv: { ...apiEnv, ADMIN_SCOPE: 'admin' } });
    proxy = await startStreamEndingProxy(lizzy.api.port);
    const ids = [await lizzy.deployByApi(weighted('hello')), await lizzy.deployByApi(weighted('hello'), 'v2')];
    await writeFile(config, configOf(ids));
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await proxy.stop();
    await lizzy.stop();
  });

  it.each([
    ['a token that may deploy', 'robot', [SCOPE]],
    ['a token that may read', 'reader', ['read']],
    ['a token of an administrator', 'admin', ['admin', SCOPE]],
    ['no token', null, []],
  ])(
    'and %s has no server error, and no response that its document does not describe',
    async (_what, uid, scope) => {
      const token = uid === null ? null : lizzy.tokens.addToken({ uid, scope, expiresInSeconds: 24 * 3600 });
      const { exitCode, stdout } = await execa(
        inProject('.venv-fuzz', 'bin', 'schemathesis'),
        [
          ...['--config-file', config],
          'run',
          `${proxy.url}/api/swagger.json`,
          ...(token === null ? [] : ['--header', `Authorization: Bearer ${token}`]),
          ...['--max-time', String(SECONDS)],
          ...['--phases', 'examples,coverage,fuzzing'],
          ...['--checks', CHECKS.join(',')],
          ...['--request-timeout', '70'],
          ...['--warnings', 'off'],
          '--continue-on-failure',
          '--no-color',
        ],
        { reject: false, cwd: inProject('.local'), env: { PYTHONUNBUFFERED: '1' } },
      );
      expect({ exitCode, stdout: exitCode === 0 ? '' : stdout }).toEqual({ exitCode: 0, stdout: '' });
    },
    SECONDS * 2_000 + START_TIMEOUT_MS,
  );
});

/** Lets half of the requests to one job find one. */
function configOf(ids: readonly string[]): string {
  return [
    '[dictionaries.jobs]',
    `values = ${JSON.stringify(ids)}`,
    '[[operations]]',
    'include-path-regex = "^/api/jobs/"',
    'parameters = { "path.id" = { dictionary = "jobs", probability = 0.5 } }',
  ].join('\n');
}
