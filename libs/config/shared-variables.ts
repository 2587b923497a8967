import { z } from 'zod';
import { logFormat, logLevel } from './log-values.js';
import { flag, port, queuePrefix, region, url, wholeNumber } from './values.js';

/** The variables that the API and the worker have in common, with their defaults. */
export const sharedVariables = {
  REDIS_URL: url('redis', 'rediss').default('redis://127.0.0.1:6379'),
  REDIS_CA_FILE: z.string().optional(),
  REDIS_ALLOW_EVICTION: flag.default(false),
  QUEUE_PREFIX: queuePrefix.default('lizzy'),
  REGION: region.default('eu-west-1'),
  LOG_LEVEL: logLevel.default('info'),
  LOG_FORMAT: logFormat.default('default'),
  SENTRY_DSN: url('https', 'http').optional(),
  HISTORY_DAYS: wholeNumber({ min: 1, max: 3650 }).default(90),
  HISTORY_MAX_JOBS: wholeNumber({ min: 1, max: 100_000_000 }).default(1_000_000),
  METRICS_PORT: port.optional(),
};

type SharedValues = z.output<z.ZodObject<typeof sharedVariables>>;

/** The settings that the API and the worker have in common. */
export interface SharedConfig {
  /** `certificateAuthority`: certificates in PEM, for `rediss://` servers of a private authority. */
  readonly redis: { readonly url: string; readonly certificateAuthority?: string };
  /** Whether to run on a Redis that may drop keys when its memory is full. */
  readonly allowEviction: boolean;
  readonly queuePrefix: string;
  readonly region: string;
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly format: 'default' | 'human' | 'json' };
  /** Null: Sentry is off. */
  readonly sentryDsn: string | null;
  readonly history: { readonly days: number; readonly maxJobs: number };
  /** Null: no metrics are served. */
  readonly metricsPort: number | null;
}

/** Makes settings of parsed variables. @param certificateAuthority the text of `REDIS_CA_FILE` */
export function sharedConfig(values: SharedValues, certificateAuthority: string | undefined): SharedConfig {
  return {
    redis: { url: values.REDIS_URL, ...(certificateAuthority === undefined ? {} : { certificateAuthority }) },
    allowEviction: values.REDIS_ALLOW_EVICTION,
    queuePrefix: values.QUEUE_PREFIX,
    region: values.REGION,
    log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT },
    sentryDsn: values.SENTRY_DSN ?? null,
    history: { days: values.HISTORY_DAYS, maxJobs: values.HISTORY_MAX_JOBS },
    metricsPort: values.METRICS_PORT ?? null,
  };
}
