import { z } from 'zod';
import { type AllowedUsers, allowedUserList, allowedUserPattern } from './allowed-users.js';
import { deepFreeze, type Environment, type ReadFile, readTextFile, readVariables } from './env.js';
import { httpUrl, port, proxies, scope, wholeNumber } from './env-types.js';
import { SharedConfig, sharedConfig, sharedVariables } from './shared.config.js';

const HOUR_SECONDS = 3600;
const ALLOWED_VARIABLES = ['ALLOWED_USERS', 'ALLOWED_USER_PATTERN'] as const;

/** The variables of the API, with their defaults. */
export const apiVariables = z.object({
  ...sharedVariables,
  PORT: port.default(8080),
  TOKENINFO_URL: httpUrl,
  TOKEN_URL: httpUrl.optional(),
  DEPLOYER_SCOPE: scope,
  READ_SCOPE: scope.optional(),
  ADMIN_SCOPE: scope.optional(),
  JOB_ACTIONS: z.enum(['all', 'owner'], 'must be all or owner').default('all'),
  ALLOWED_USERS: allowedUserList.optional(),
  ALLOWED_USER_PATTERN: allowedUserPattern.optional(),
  SYNC_WAIT_SECONDS: wholeNumber({ min: 1, max: HOUR_SECONDS }).default(300),
  RATE_LIMIT_PER_MINUTE: wholeNumber({ min: 0, max: 1_000_000 }).default(1200),
  MAX_UNFINISHED_JOBS_PER_USER: wholeNumber({ min: 0, max: 1_000_000 }).default(1000),
  MAX_CONNECTIONS: wholeNumber({ min: 1, max: 1_000_000 }).default(10_000),
  MAX_WAITING_REQUESTS: wholeNumber({ min: 1, max: 1_000_000 }).default(5000),
  MAX_WAITING_REQUESTS_PER_USER: wholeNumber({ min: 1, max: 1_000_000 }).default(100),
  HEADER_TIMEOUT_SECONDS: wholeNumber({ min: 1, max: HOUR_SECONDS }).default(10),
  BODY_TIMEOUT_SECONDS: wholeNumber({ min: 1, max: HOUR_SECONDS }).default(30),
  SEND_TIMEOUT_SECONDS: wholeNumber({ min: 1, max: HOUR_SECONDS }).default(30),
  TRUSTED_PROXIES: proxies.default([]),
});

/** The settings of an API process. */
export abstract class ApiConfig extends SharedConfig {
  abstract readonly host: string;
  /** 0: the system chooses. */
  abstract readonly port: number;
  /** The token service's endpoint that describes tokens. */
  abstract readonly tokeninfoUrl: string;
  /** Where users get a token; only shown in the console. */
  abstract readonly tokenUrl: string | null;
  /** The scope that a token needs to change something. */
  abstract readonly deployerScope: string;
  /** The scope that a token needs to read. */
  abstract readonly readScope: string;
  /** The scope that a token needs to read the audit trail, and to act on the jobs of others; null: there are no administrators. */
  abstract readonly adminScope: string | null;
  /** Who may cancel and retry a job: every user who may change something, or its submitter and admins. */
  abstract readonly jobActions: 'all' | 'owner';
  abstract readonly allowedUsers: AllowedUsers;
  /** How long a call of Lizzy 2's API waits for its job. */
  abstract readonly syncWaitSeconds: number;
  /** Changes and rejected requests per user and address; 0: no limit. */
  abstract readonly rateLimitPerMinute: number;
  /** 0: no limit. */
  abstract readonly maxUnfinishedJobsPerUser: number;
  /** What clients can make a process hold. Times in seconds. */
  abstract readonly limits: {
    readonly connections: number;
    /** Requests that wait for a job or stream, of the process and of one user. */
    readonly waitingRequests: number;
    readonly waitingRequestsPerUser: number;
    /** For the header, and for the whole request from its first byte on. */
    readonly headerSeconds: number;
    readonly bodySeconds: number;
    /** How long a client can leave a response unread. */
    readonly sendSeconds: number;
  };
  /** Addresses and networks whose `X-Forwarded-*` headers are trusted. */
  abstract readonly trustedProxies: readonly string[];
}

/** Reads the settings of an API process. @throws ConfigurationError with all errors */
export function readApiConfig(env: Environment, readFile: ReadFile = readTextFile): ApiConfig {
  const { values, files } = readVariables({ schema: apiVariables, env, readFile, exactlyOneOf: ALLOWED_VARIABLES });
  const allowedUsers = values.ALLOWED_USERS ?? values.ALLOWED_USER_PATTERN;
  if (allowedUsers === undefined) throw new TypeError('no users are allowed'); // Rejected above.
  return deepFreeze({
    ...sharedConfig(values, files.REDIS_CA_FILE),
    host: values.HOST,
    port: values.PORT,
    tokeninfoUrl: values.TOKENINFO_URL,
    tokenUrl: values.TOKEN_URL ?? null,
    deployerScope: values.DEPLOYER_SCOPE,
    readScope: values.READ_SCOPE ?? values.DEPLOYER_SCOPE,
    adminScope: values.ADMIN_SCOPE ?? null,
    jobActions: values.JOB_ACTIONS,
    allowedUsers,
    syncWaitSeconds: values.SYNC_WAIT_SECONDS,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    maxUnfinishedJobsPerUser: values.MAX_UNFINISHED_JOBS_PER_USER,
    limits: {
      connections: values.MAX_CONNECTIONS,
      waitingRequests: values.MAX_WAITING_REQUESTS,
      waitingRequestsPerUser: values.MAX_WAITING_REQUESTS_PER_USER,
      headerSeconds: values.HEADER_TIMEOUT_SECONDS,
      bodySeconds: Math.max(values.BODY_TIMEOUT_SECONDS, values.HEADER_TIMEOUT_SECONDS),
      sendSeconds: values.SEND_TIMEOUT_SECONDS,
    },
    trustedProxies: values.TRUSTED_PROXIES,
  });
}

/** Warnings about settings that work but are dangerous, one sentence each. */
export function warningsAbout({ tokeninfoUrl }: Pick<ApiConfig, 'tokeninfoUrl'>): string[] {
  const { hostname, protocol } = new URL(tokeninfoUrl);
  const isLocal = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return protocol === 'http:' && !isLocal ? ['TOKENINFO_URL uses http: tokens are sent in clear text; use https'] : [];
}
