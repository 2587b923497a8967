import { z } from 'zod';
import { type AllowedUsers, allowedUserList, allowedUserPattern } from './allowed-users.js';
import { type Environment, type ReadFile } from './environment.js';
import { frozen } from './frozen.js';
import { readTextFile, readVariables } from './read-variables.js';
import { type SharedConfig, sharedConfig, sharedVariables } from './shared-variables.js';
import { port, proxies, scope, url, wholeNumber } from './values.js';

const HOUR_SECONDS = 3600;
const ALLOWED_VARIABLES = ['ALLOWED_USERS', 'ALLOWED_USER_PATTERN'] as const;

const apiVariables = z.object({
  ...sharedVariables,
  PORT: port.default(8080),
  HOST: z.string().default('0.0.0.0'),
  TOKENINFO_URL: url('https', 'http'),
  TOKEN_URL: url('https', 'http').optional(),
  DEPLOYER_SCOPE: scope,
  ALLOWED_USERS: allowedUserList.optional(),
  ALLOWED_USER_PATTERN: allowedUserPattern.optional(),
  SYNC_WAIT_SECONDS: wholeNumber({ min: 1, max: HOUR_SECONDS }).default(300),
  RATE_LIMIT_PER_MINUTE: wholeNumber({ min: 0, max: 1_000_000 }).default(1200),
  MAX_UNFINISHED_JOBS_PER_USER: wholeNumber({ min: 0, max: 1_000_000 }).default(1000),
  TRUSTED_PROXIES: proxies.default([]),
});

/** The settings of an API process. */
export interface ApiConfig extends SharedConfig {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  /** Where a token is asked about, in PlanB's form: `GET ?access_token=`. */
  readonly tokeninfoUrl: string;
  /** Where people get a token; only shown in the console. */
  readonly tokenUrl: string | null;
  /** The scope that each token must have. */
  readonly deployerScope: string;
  readonly allowedUsers: AllowedUsers;
  /** How long a call of Lizzy 2's API waits for its job. */
  readonly syncWaitSeconds: number;
  /** Changes and refused requests per user and address; 0: no limit. */
  readonly rateLimitPerMinute: number;
  /** 0: no limit. */
  readonly maxUnfinishedJobsPerUser: number;
  /** Addresses and networks whose `X-Forwarded-*` is believed. */
  readonly trustedProxies: readonly string[];
}

/** Reads the settings of an API process. @throws ConfigurationError with all mistakes */
export function readApiConfig(env: Environment, readFile: ReadFile = readTextFile): ApiConfig {
  const { values, files } = readVariables({ schema: apiVariables, env, readFile, exactlyOneOf: ALLOWED_VARIABLES });
  const allowedUsers = values.ALLOWED_USERS ?? values.ALLOWED_USER_PATTERN;
  if (allowedUsers === undefined) throw new TypeError('nobody is allowed'); // Refused above.
  return frozen({
    ...sharedConfig(values, files.REDIS_CA_FILE),
    host: values.HOST,
    port: values.PORT,
    tokeninfoUrl: values.TOKENINFO_URL,
    tokenUrl: values.TOKEN_URL ?? null,
    deployerScope: values.DEPLOYER_SCOPE,
    allowedUsers,
    syncWaitSeconds: values.SYNC_WAIT_SECONDS,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    maxUnfinishedJobsPerUser: values.MAX_UNFINISHED_JOBS_PER_USER,
    trustedProxies: values.TRUSTED_PROXIES,
  });
}
