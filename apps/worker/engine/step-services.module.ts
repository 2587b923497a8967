import { awsOutcome, AwsReader, listingCodec, ROUTE53_SCOPE, StackListing } from '#aws';
import { WorkerConfig } from '#config';
import { DefinitionParser } from '#definition/parser.js';
import { type JobKeys, JobQueue, redisNow, TrafficHistory, WatchedJobs } from '#jobs';
import { keyspace, QueueErrorLogger, SharedCache, TokenBucket } from '#redis';
import { Senza } from '#senza';
import { addBreadcrumb, Logger, recordSpan, WorkerMetrics } from '#telemetry';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { awsRequestSpan, observeAwsRequest, throttledScopes } from './aws-telemetry.js';
import { SenzaRegions } from './failures.js';
import { FairSlots } from './fair-slots.js';
import { type StepServices } from './step-context.js';
import { AWS_BUDGET, JOB_KEYS, STEP_SERVICES } from '../core/injection-tokens.js';
import { RedisConnections } from '../core/redis-connections.js';
import { SenzaProcesses } from '../core/senza-processes.js';
import { WorkerState } from '../core/worker-state.js';

/** AWS calls per second that all workers together make in one region, and the burst after a pause. */
const CALLS_PER_REGION = { perSecond: 20, burst: 60 };
/** Route 53 allows five requests per second and account (AWS: "Quotas on Amazon Route 53"); Senza needs some of them. */
const ROUTE53_CALLS = { perSecond: 3, burst: 10 };
/** Calls for events of stacks, within the former: for all waiting jobs of a region together. */
const EVENT_CALLS_PER_REGION = { perSecond: 4, burst: 20 };

function createBudget({ queuePrefix }: WorkerConfig, { commands: redis }: RedisConnections): TokenBucket {
  return new TokenBucket({
    redis,
    keys: keyspace(queuePrefix),
    family: 'budget',
    rate: CALLS_PER_REGION,
    rates: { [ROUTE53_SCOPE]: ROUTE53_CALLS },
  });
}

function createStepServices(
  config: WorkerConfig,
  { commands: redis }: RedisConnections,
  senza: Senza,
  jobs: JobKeys,
  metrics: WorkerMetrics,
  budget: TokenBucket,
  queue: JobQueue,
  errors: QueueErrorLogger,
  state: WorkerState,
): StepServices {
  const keys = keyspace(config.queuePrefix);
  const aws = new AwsReader(budget, (request) => {
    observeAwsRequest(metrics, 'agent', request);
    recordSpan(awsRequestSpan({ ...request, startedAt: Date.now() - request.milliseconds }));
  });
  const wake = async (id: string): Promise<boolean> => {
    try {
      return await queue.wake(id);
    } catch (error) {
      errors.log(error);
      return true; // Redis is unavailable: there is no use in waking others.
    }
  };
  const onRequest = (result: string): void => {
    metrics.cacheRequests.inc({ cache: 'listing', result });
  };
  return {
    aws,
    listing: new StackListing(new SharedCache({ redis, keys, family: 'listing', codec: listingCodec, onRequest }), aws),
    eventCalls: new TokenBucket({ redis, keys, family: 'event-calls', rate: EVENT_CALLS_PER_REGION }),
    watched: new WatchedJobs(redis, jobs),
    senza,
    definitions: new DefinitionParser(),
    traffic: new TrafficHistory(redis, jobs),
    regions: new SenzaRegions(senza, config.region),
    get health() {
      return state.health;
    },
    pollMs: config.pollSeconds * 1000,
    now: () => redisNow(redis),
    slots: new FairSlots(config.concurrency, wake),
    wake,
  };
}

/** Senza and read access to AWS, for the steps of all jobs. */
@Module({
  providers: [
    { provide: AWS_BUDGET, useFactory: createBudget, inject: [WorkerConfig, RedisConnections] },
    {
      provide: Senza,
      useFactory: (
        { senza, region: defaultRegion }: WorkerConfig,
        { watchdog, launcher }: SenzaProcesses,
        metrics: WorkerMetrics,
        logger: Logger,
        budget: TokenBucket,
      ) =>
        new Senza({
          launcher,
          timeoutMs: senza.timeoutSeconds * 1000,
          limits: senza.limits,
          templateBucket: senza.templateBucket,
          environment: senza.environment,
          watchdog,
          onEnd: ({
            name: command,
            command: text,
            region,
            start,
            outcome,
            exitCode,
            endedAt,
            milliseconds,
            ...end
          }) => {
            const fields = { command, outcome, exit_code: exitCode, seconds: Math.round(milliseconds) / 1000, start };
            const requests = end.awsRequests.map((request) => ({
              ...request,
              outcome: awsOutcome(request.status, request.error),
            }));
            // The health check asks for the version every minute.
            logger[command === 'version' ? 'debug' : 'info']('Senza command finished', fields);
            addBreadcrumb({ category: 'senza', message: text, data: fields });
            recordSpan({
              name: `senza ${command}`,
              startedAt: endedAt - milliseconds,
              endedAt,
              failed: outcome !== 'succeeded',
              attributes: { 'senza.outcome': outcome, 'senza.start': start, 'process.exit.code': exitCode ?? -1 },
              children: requests.map(awsRequestSpan),
            });
            for (const request of requests) observeAwsRequest(metrics, 'senza', request);
            for (const scope of throttledScopes(requests, region ?? defaultRegion))
              budget.slowDown(scope).catch(() => undefined);
            metrics.senzaCommands.inc({ command, outcome, start });
            metrics.senzaDuration.observe({ command, start }, milliseconds / 1000);
          },
        }),
      inject: [WorkerConfig, SenzaProcesses, WorkerMetrics, Logger, AWS_BUDGET],
    },
    {
      provide: STEP_SERVICES,
      useFactory: createStepServices,
      inject: [
        WorkerConfig,
        RedisConnections,
        Senza,
        JOB_KEYS,
        WorkerMetrics,
        AWS_BUDGET,
        JobQueue,
        QueueErrorLogger,
        WorkerState,
      ],
    },
  ],
  exports: [Senza, STEP_SERVICES],
})
export class StepServicesModule implements OnApplicationShutdown {
  constructor(
    @Inject(STEP_SERVICES) private readonly services: StepServices,
    private readonly senza: SenzaProcesses,
  ) {}

  /** Closes the AWS clients and ends Senza's template and the watchdog. */
  async onApplicationShutdown(): Promise<void> {
    this.services.aws.close();
    await this.services.definitions.close();
    await this.senza.stop();
  }
}
