/** Authentication and authorization: bearer tokens, the token service, access rules, and the guard and hook that apply them. */
export { type AccessDenial, AccessDeniedError, AccessRules, type Caller } from './access-rules.js';
export { AuthModule, type AuthOptions } from './auth.module.js';
export { bearerHook, BearerGuard, Public } from './bearer.guard.js';
export { bearerToken } from './bearer-token.js';
export { isSafeMethod } from './safe-methods.js';
export { TokenCache } from './token-cache.js';
export { TokenServiceUnavailableError } from './token-info.client.js';
export { authenticateBearer } from './bearer.strategy.js';
