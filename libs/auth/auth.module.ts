import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AccessRules, type AccessRulesOptions } from './access-rules.js';
import { BearerStrategy } from './bearer.strategy.js';
import { TokenCache } from './token-cache.js';
import { TokenInfoClient } from './token-info.client.js';

/** Bearer authentication for all routes; register `BearerGuard` and `bearerHook` as well. */
@Global()
@Module({})
export class AuthModule {
  static forRoot({ tokeninfoUrl, rules }: { tokeninfoUrl: string; rules: AccessRulesOptions }): DynamicModule {
    return {
      module: AuthModule,
      providers: [
        { provide: AccessRules, useValue: new AccessRules(rules) },
        { provide: TokenCache, useValue: new TokenCache(new TokenInfoClient(tokeninfoUrl)) },
        BearerStrategy,
      ],
      exports: [AccessRules],
    };
  }
}
