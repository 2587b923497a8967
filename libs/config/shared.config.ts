import { regionSchema } from '#formats';
import { z } from 'zod';
import { flag, httpUrl, logFormat, logLevel, port, queuePrefix, sentryDsn, url, wholeNumber } from './env-types.js';

/** The variables that the API and the worker have in common, with their defaults. */
export const sharedVariables = {
  REDIS_URL: url('redis', 'rediss').default('redis://127.0.0.1:6379'),
  REDIS_CA_FILE: z.string().optional(),
  REDIS_ALLOW_EVICTION: flag.default(false),
  QUEUE_PREFIX: queuePrefix.default('lizzy'),
  REGION: regionSchema.default('eu-west-1'),
  LOG_LEVEL: logLevel.default('info'),
  LOG_FORMAT: logFormat.default('default'),
  SENTRY_DSN: sentryDsn.optional(),
  SENTRY_ENVIRONMENT: z.string().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  HISTORY_DAYS: wholeNumber({ min: 1, max: 3650 }).default(90),
  HISTORY_MAX_JOBS: wholeNumber({ min: 1, max: 100_000_000 }).default(1_000_000),
  AUDIT_DAYS: wholeNumber({ min: 1, max: 3650 }).default(365),
  AUDIT_MAX_ENTRIES: wholeNumber({ min: 1000, max: 100_000_000 }).default(500_000),
  HOST: z.string().default('0.0.0.0'),
  METRICS_HOST: z.string().optional(),
  METRICS_PORT: port.optional(),
};

type SharedValues = z.output<z.ZodObject<typeof sharedVariables>>;

/**
 * The settings that the API and the worker have in common. The classes of settings are also the tokens under which Nest injects
 * them (see `ConfigModule`).
 */
export abstract class SharedConfig {
  /** `certificateAuthority`: certificates in PEM, for `rediss://` servers with a private certificate authority. */
  abstract readonly redis: { readonly url: string; readonly certificateAuthority?: string };
  /** Whether to accept a Redis that may evict keys when its memory is full. */
  abstract readonly allowEviction: boolean;
  abstract readonly queuePrefix: string;
  abstract readonly region: string;
  abstract readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly format: 'default' | 'human' | 'json';
  };
  /** `dsn` null: Sentry is off. `environment` null: Sentry's default. */
  abstract readonly sentry: { readonly dsn: string | null; readonly environment: string | null };
  /** Where traces are sent by OTLP over HTTP; null: tracing is off. */
  abstract readonly tracesEndpoint: string | null;
  abstract readonly history: { readonly days: number; readonly maxJobs: number };
  /** How long audit records are kept. */
  abstract readonly audit: { readonly days: number; readonly maxEntries: number };
  /** Null: no metrics are served. `port` 0: the system chooses. */
  abstract readonly metrics: { readonly host: string; readonly port: number } | null;
}

/** Builds settings from parsed variables. @param certificateAuthority the content of `REDIS_CA_FILE` */
export function sharedConfig(
  values: SharedValues,
  certificateAuthority: string | undefined,
): Pick<SharedConfig, keyof SharedConfig> {
  return {
    redis: { url: values.REDIS_URL, ...(certificateAuthority === undefined ? {} : { certificateAuthority }) },
    allowEviction: values.REDIS_ALLOW_EVICTION,
    queuePrefix: values.QUEUE_PREFIX,
    region: values.REGION,
    log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT },
    sentry: { dsn: values.SENTRY_DSN ?? null, environment: values.SENTRY_ENVIRONMENT ?? null },
    tracesEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
    history: { days: values.HISTORY_DAYS, maxJobs: values.HISTORY_MAX_JOBS },
    audit: { days: values.AUDIT_DAYS, maxEntries: values.AUDIT_MAX_ENTRIES },
    metrics:
      values.METRICS_PORT === undefined
        ? null
        : { host: values.METRICS_HOST ?? values.HOST, port: values.METRICS_PORT },
  };
}
