import { AuthModule, type AuthOptions } from '#auth';
import { type ApiConfig, ConfigModule, type ConfigurationError } from '#config';
import { DefinitionParser } from '#definition/parser.js';
import { QueueErrorLogger, RedisConnector } from '#redis';
import { ApiMetrics, ErrorReporter, Logger } from '#telemetry';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ApiDefinitionParser } from './definition-parser.js';
import { ON_FATAL } from './injection-tokens.js';
import { JobsStoreModule } from './jobs-store.module.js';
import { TokenServiceLog } from './token-service-log.js';

/** What the process passes to the application. */
export interface CoreOptions {
  readonly config: ApiConfig;
  readonly logger: Logger;
  readonly reporter: ErrorReporter;
  readonly metrics: ApiMetrics;
  /** Called when Redis was unavailable at startup and turns out to be unusable. */
  readonly onFatal: (error: ConfigurationError) => void;
}

/** What all modules may inject: configuration, log, error reporter, Redis connections, authentication, and the jobs in Redis. */
@Global()
@Module({})
export class CoreModule {
  static forRoot({ config, logger, reporter, metrics, onFatal }: CoreOptions): DynamicModule {
    const { allowedUsers, deployerScope, readScope, adminScope, jobActions, tokeninfoUrl } = config;
    const rules = {
      deployerScope,
      readScope,
      adminScope,
      jobActions,
      allows: (uid: string) => allowedUsers.allows(uid),
    };
    return {
      module: CoreModule,
      imports: [
        ConfigModule.forApi(config),
        AuthModule.forRoot({ tokeninfoUrl, rules, ...observers(metrics, new TokenServiceLog(logger)) }),
        JobsStoreModule,
      ],
      providers: [
        { provide: DefinitionParser, useClass: ApiDefinitionParser },
        { provide: Logger, useValue: logger },
        { provide: ErrorReporter, useValue: reporter },
        { provide: ApiMetrics, useValue: metrics },
        { provide: RedisConnector, useValue: new RedisConnector({ config, client: 'lizzy-api', logger }) },
        { provide: QueueErrorLogger, useValue: new QueueErrorLogger(logger) },
        { provide: ON_FATAL, useValue: onFatal },
      ],
      exports: [
        DefinitionParser,
        Logger,
        ErrorReporter,
        ApiMetrics,
        ON_FATAL,
        RedisConnector,
        QueueErrorLogger,
        JobsStoreModule,
      ],
    };
  }
}

function observers(metrics: ApiMetrics, log: TokenServiceLog): Pick<AuthOptions, 'onVerified' | 'onResponse'> {
  return {
    onVerified: (result) => {
      metrics.tokenCache.inc({ result });
    },
    onResponse: ({ outcome, milliseconds, reason }) => {
      metrics.tokenService.observe({ outcome }, milliseconds / 1000);
      if (outcome === 'unavailable') log.failed(reason);
      else log.answered();
    },
  };
}
