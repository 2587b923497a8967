import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { inProject } from '../../local/services/index.js';
import { weighted } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

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
  beforeAll(async () => {
    lizzy = await TestEnvironment.start({ apis: 1, workers: 1, apiEnv: { RATE_LIMIT_PER_MINUTE: '0' } });
    await lizzy.call('POST', '/api/deployments', { body: { senza_yaml: weighted('hello'), stack_version: 'v1' } });
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await lizzy.stop();
  });

  it(
    'has no server error, and no response that its document does not describe',
    async () => {
      const { exitCode, stdout } = await execa(
        inProject('.venv-fuzz', 'bin', 'schemathesis'),
        [
          'run',
          `${lizzy.api.url}/api/swagger.json`,
          ...['--header', `Authorization: Bearer ${lizzy.token}`],
          ...['--max-time', String(SECONDS)],
          ...['--phases', 'examples,coverage,fuzzing'],
          ...['--checks', CHECKS.join(',')],
          // Event streams do not end.
          ...['--exclude-path-regex', '/events$'],
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
