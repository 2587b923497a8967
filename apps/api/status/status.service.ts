import { z } from 'zod';
import { TokenCache } from '#auth';
import { ApiConfig, lizzyVersion } from '#config';
import { JobStore, StoreEpoch, timestamp, type Unhealthy, type WorkerReport } from '#jobs';
import { Injectable } from '@nestjs/common';
import { takesJobs, WorkerMonitor } from './worker-monitor.js';

const checkSchema = z.object({
  status: z.enum(['ok', 'failing', 'unknown']),
  detail: z.string().nullable().meta({ description: 'Why it fails; null when it is ok.' }),
  since: z.iso.datetime().nullable().meta({ description: 'Since when it fails, if known.' }),
});
type Check = z.output<typeof checkSchema>;

/** How long the first job may wait for a worker before the queue is a failing check, in milliseconds. */
const LONG_WAIT_MS = 5 * 60_000;

const OK: Check = { status: 'ok', detail: null, since: null };
const UNKNOWN: Check = { status: 'unknown', detail: null, since: null };

/** The response of `GET /api/status`. */
export const agentStatusSchema = z
  .object({
    version: z.string().meta({ examples: ['3.0.0'] }),
    senza_version: z.string().meta({ description: '`unknown` until a worker reports it.', examples: ['2.1.143'] }),
    status: z.enum(['OK', 'NOK']).meta({
      description:
        '`NOK`: Redis is unavailable or accepts no changes, no worker takes jobs, or one of the workers is unhealthy or cannot ' +
        'read AWS. See `checks`. An AWS outage alone does not change `GET /health`: jobs wait for its end.',
    }),
    checks: z
      .object({
        redis: checkSchema,
        workers: checkSchema,
        queue: checkSchema.meta({ description: 'Failing when a job has waited for a worker for five minutes.' }),
        senza: checkSchema,
        aws: checkSchema,
        token_service: checkSchema.meta({ description: 'The result of the last token look-up of this API process.' }),
      })
      .meta({ description: 'What the agent depends on. `senza` and `aws` are as the workers see them.' }),
    store_created_at: z.iso.datetime().nullable().meta({
      description: 'When the job store was created: earlier jobs are unknown. Null when Redis is unavailable.',
    }),
    config: z
      .object({
        allowed_users: z.array(z.string()).nullable(),
        allowed_user_pattern: z.string().nullable(),
        deployer_scope: z.string(),
        log_format: z.string(),
        log_level: z.string(),
        region: z.string(),
        token_info_url: z.string(),
        token_url: z.string().nullable(),
        sync_wait_seconds: z.int(),
      })
      .meta({ description: 'Settings of the API by the names that Lizzy 2 used; no secrets.' }),
  })
  .meta({ id: 'AgentStatus', description: 'Status of the agent.' });
export type StatusView = z.output<typeof agentStatusSchema>;

/** The response of `GET /.well-known/schema-discovery`. */
export const schemaDiscoverySchema = z
  .object({ schema_type: z.string(), schema_url: z.string(), ui_url: z.string() })
  .meta({ id: 'SchemaDiscovery', description: 'Where the API is described.' });
export type SchemaDiscovery = z.output<typeof schemaDiscoverySchema>;

/** The condition of the agent. */
@Injectable()
export class StatusService {
  constructor(
    private readonly workers: WorkerMonitor,
    private readonly age: StoreEpoch,
    private readonly store: JobStore,
    private readonly tokens: TokenCache,
    private readonly config: ApiConfig,
  ) {}

  /** Whether a worker takes jobs and all workers are healthy. False when Redis is unavailable. */
  async isHealthy(): Promise<boolean> {
    return await this.workers.allHealthy().catch(() => false);
  }

  /** The response of `GET /api/status`. */
  async status(): Promise<StatusView> {
    const [workers, { redis, ...others }] = await Promise.all([
      this.workers.list().catch(() => null),
      this.otherChecks(),
    ]);
    const ofWorkers = checksOf(workers, this.workers.untakenSince);
    return {
      version: lizzyVersion,
      senza_version: this.workers.senzaVersion,
      status: [redis, ...Object.values(ofWorkers)].every(({ status }) => status === 'ok') ? 'OK' : 'NOK',
      checks: { redis, ...ofWorkers, ...others },
      store_created_at: await this.age.createdAt().catch(() => null),
      config: settings(this.config),
    };
  }

  private async otherChecks(): Promise<Pick<StatusView['checks'], 'redis' | 'queue' | 'token_service'>> {
    const [waiting, refusal] = await Promise.all([
      this.store.waitingJobs().catch(() => null),
      this.store.writeRefusal(),
    ]);
    const since = this.workers.unavailableSince;
    const outage = refusal ?? (waiting === null ? 'Redis is unavailable' : null);
    return {
      redis: outage === null ? OK : { status: 'failing', detail: outage, since },
      queue: waiting === null ? UNKNOWN : queueCheck(waiting),
      // It does not count in `status`: one strange token would be enough to change that.
      token_service: tokenServiceCheck(this.tokens),
    };
  }
}

/**
 * The checks of what the workers report.
 * @param workers null when Redis is unavailable
 * @param untakenSince since when no healthy worker takes jobs, if that is so
 */
function checksOf(
  workers: readonly WorkerReport[] | null,
  untakenSince: string | null,
): Pick<StatusView['checks'], 'workers' | 'senza' | 'aws'> {
  if (workers === null) return { workers: UNKNOWN, senza: UNKNOWN, aws: UNKNOWN };
  return {
    workers: workers.some(takesJobs)
      ? OK
      : { status: 'failing', detail: 'No live, healthy worker takes jobs', since: untakenSince },
    senza: checkOf(workers, 'senza'),
    aws: awsCheck(workers),
  };
}

function queueCheck({ count, since }: { readonly count: number; readonly since: number | null }): Check {
  if (since === null || Date.now() - since < LONG_WAIT_MS) return OK;
  const jobs = count === 1 ? '1 job waits' : `${count} jobs wait`;
  return { status: 'failing', detail: `${jobs} for a worker`, since: timestamp(since) };
}

function tokenServiceCheck({ outage }: TokenCache): Check {
  if (outage === null) return OK;
  return { status: 'failing', detail: outage.reason, since: outage.since.toISOString() };
}

function checkOf(workers: readonly WorkerReport[], check: Unhealthy['check']): Check {
  if (workers.length === 0) return UNKNOWN;
  const failing = workers.find(({ unhealthy }) => unhealthy?.check === check);
  if (!failing?.unhealthy) return OK;
  const { detail, since } = failing.unhealthy;
  return { status: 'failing', detail: `Worker ${failing.id}: ${detail}`, since };
}

/** Whether every worker has credentials, and can read AWS. */
function awsCheck(workers: readonly WorkerReport[]): Check {
  const credentials = checkOf(workers, 'aws_credentials');
  const cutOff = workers.find(({ aws_outage: outage }) => outage !== null);
  if (credentials.status !== 'ok' || !cutOff?.aws_outage) return credentials;
  const { detail, since } = cutOff.aws_outage;
  return { status: 'failing', detail: `Worker ${cutOff.id} cannot read AWS: ${detail}`, since };
}

/** The settings by Lizzy 2's names. Addresses are shown without credentials and query. */
function settings(config: ApiConfig): StatusView['config'] {
  const { allowedUsers } = config;
  return {
    allowed_users: allowedUsers.names === null ? null : [...allowedUsers.names],
    allowed_user_pattern: allowedUsers.names === null ? allowedUsers.description : null,
    deployer_scope: config.deployerScope,
    log_format: config.log.format,
    log_level: config.log.level.toUpperCase(),
    region: config.region,
    token_info_url: withoutSecrets(config.tokeninfoUrl),
    token_url: config.tokenUrl === null ? null : withoutSecrets(config.tokenUrl),
    sync_wait_seconds: config.syncWaitSeconds,
  };
}

function withoutSecrets(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}
