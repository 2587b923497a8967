import { Authenticator, CachedTokenService, TokeninfoClient } from '#auth';
import { type ApiConfig, type ConfigurationError } from '#config';
import { type ErrorReporter, Logger } from '#telemetry';
import { DefinitionParser } from '#definition';
import { type DynamicModule, Module } from '@nestjs/common';
import { RouteTable } from '../http/route-table.js';
import { ApiDefinitionParser } from './definition-parser.js';
import { API_CONFIG, ERROR_REPORTER, ON_FATAL } from './injection-tokens.js';

/** What the process is given from outside. */
export interface CoreOptions {
  readonly config: ApiConfig;
  readonly logger: Logger;
  readonly reporter: ErrorReporter;
  /** Called when Redis, away at the start, turns out to be unfit for jobs. */
  readonly onFatal: (why: ConfigurationError) => void;
}

/** What all modules may use: configuration, log, error reports, who is let in. */
@Module({})
export class CoreModule {
  static forRoot({ config, logger, reporter, onFatal }: CoreOptions): DynamicModule {
    const tokens = new CachedTokenService(new TokeninfoClient(config.tokeninfoUrl));
    const rules = { scope: config.deployerScope, allows: (uid: string) => config.allowedUsers.allows(uid) };
    return {
      module: CoreModule,
      global: true,
      providers: [
        RouteTable,
        { provide: DefinitionParser, useClass: ApiDefinitionParser },
        { provide: API_CONFIG, useValue: config },
        { provide: Logger, useValue: logger },
        { provide: ERROR_REPORTER, useValue: reporter },
        { provide: ON_FATAL, useValue: onFatal },
        { provide: Authenticator, useValue: new Authenticator(tokens, rules) },
      ],
      exports: [RouteTable, DefinitionParser, API_CONFIG, Logger, ERROR_REPORTER, ON_FATAL, Authenticator],
    };
  }
}
