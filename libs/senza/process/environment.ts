import { homedir } from 'node:os';
import { join } from 'node:path';

/** A set of environment variables; an undefined one is not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

const ALLOWED = new Set(['PATH', 'LANG', 'TZ', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE']);
const ALLOWED_PATTERN = /^(?:LC_.*|AWS_.*|(?:HTTPS?|NO|ALL)_PROXY|(?:https?|no|all)_proxy)$/;
// botocore retries throttled calls itself and slows down, for a second or two; Senza's own retry around that is five
// times ten seconds, fixed. A longer throttling delays the job, without a running command.
const RETRIES = { AWS_RETRY_MODE: 'adaptive', AWS_MAX_ATTEMPTS: '3' };

/**
 * The environment of a command: an allow-list of the worker's environment, without settings of Redis, Sentry or OAuth.
 * Its home and its directory for temporary files are its own; AWS's files stay the worker's.
 */
export function commandEnvironment(worker: Environment, directory: string, region?: string): Record<string, string> {
  const aws = join(worker['HOME'] ?? homedir(), '.aws');
  const allowed = Object.entries(worker).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && entry[1] !== '' && (ALLOWED.has(entry[0]) || ALLOWED_PATTERN.test(entry[0])),
  );
  return {
    ...RETRIES,
    AWS_CONFIG_FILE: join(aws, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(aws, 'credentials'),
    ...Object.fromEntries(allowed),
    // click refuses to run in a locale that is not UTF-8.
    LC_ALL: 'C.UTF-8',
    // Senza calls IAM and Route 53 without a region; botocore requires one.
    ...(region === undefined ? {} : { AWS_DEFAULT_REGION: region }),
    HOME: directory,
    TMPDIR: directory,
  };
}
