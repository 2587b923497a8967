import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AccessRules, type AccessRulesOptions } from './access-rules.js';
import { BearerStrategy } from './bearer.strategy.js';
import { TokenCache } from './token-cache.js';
import { type OnTokenServiceResponse, TokenInfoClient } from './token-info.client.js';

/** Where tokens are looked up, who may do what, and what is called for metrics. */
export interface AuthOptions {
  readonly tokeninfoUrl: string;
  readonly rules: AccessRulesOptions;
  readonly onVerified?: ConstructorParameters<typeof TokenCache>[2];
  readonly onResponse?: OnTokenServiceResponse;
}

/** Bearer authentication for all routes; register `BearerGuard` and `bearerHook` as well. */
@Global()
@Module({})
export class AuthModule {
  static forRoot({ tokeninfoUrl, rules, onVerified, onResponse }: AuthOptions): DynamicModule {
    const accessRules = new AccessRules(rules);
    const service = new TokenInfoClient(tokeninfoUrl, accessRules.scopes, undefined, onResponse);
    return {
      module: AuthModule,
      providers: [
        { provide: AccessRules, useValue: accessRules },
        { provide: TokenCache, useValue: new TokenCache(service, undefined, onVerified) },
        BearerStrategy,
      ],
      exports: [AccessRules, TokenCache],
    };
  }
}
