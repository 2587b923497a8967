import { Authenticator, CachedTokenService, TokeninfoClient } from '#auth';
import { type ApiConfig, type ConfigurationError } from '#config';
import { DefinitionParser } from '#definition';
import { type ErrorReporter, Logger } from '#telemetry';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ApiDefinitionParser } from './definition-parser.js';
import { API_CONFIG, ERROR_REPORTER, ON_FATAL } from './injection-tokens.js';
import { JobsStoreModule } from './jobs-store.module.js';

/** What the process passes to the application. */
export interface CoreOptions {
  readonly config: ApiConfig;
  readonly logger: Logger;
  readonly reporter: ErrorReporter;
  /** Called when Redis, unreachable at startup, turns out to be misconfigured later. */
  readonly onFatal: (why: ConfigurationError) => void;
}

/** What all modules use: configuration, log, error reports, authentication, and the jobs in Redis. */
@Global()
@Module({})
export class CoreModule {
  static forRoot({ config, logger, reporter, onFatal }: CoreOptions): DynamicModule {
    const tokens = new CachedTokenService(new TokeninfoClient(config.tokeninfoUrl));
    const rules = { scope: config.deployerScope, allows: (uid: string) => config.allowedUsers.allows(uid) };
    return {
      module: CoreModule,
      imports: [JobsStoreModule],
      providers: [
        { provide: API_CONFIG, useValue: config },
        { provide: DefinitionParser, useClass: ApiDefinitionParser },
        { provide: Logger, useValue: logger },
        { provide: ERROR_REPORTER, useValue: reporter },
        { provide: ON_FATAL, useValue: onFatal },
        { provide: Authenticator, useValue: new Authenticator(tokens, rules) },
      ],
      exports: [API_CONFIG, DefinitionParser, Logger, ERROR_REPORTER, ON_FATAL, Authenticator, JobsStoreModule],
    };
  }
}
