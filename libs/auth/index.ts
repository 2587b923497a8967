/** Who may use the agent: bearer tokens, the token service, access rules, and the hook and guard that ask for them. */
export { AccessDenied, type AccessDenial } from './access-denied.js';
export { AccessGuard } from './access.guard.js';
export { accessHook } from './access.hook.js';
export { type AccessRules } from './access-rules.js';
export { Authenticator, type Caller } from './authenticator.js';
export { CachedTokenService, GO_ON_FOR_MS } from './cached-token-service.js';
export { CallerOfRequest } from './caller.decorator.js';
export { Public } from './public.decorator.js';
export { type TokenInfo, type TokenService, TokenServiceUnavailable } from './token-info.js';
export { TokeninfoClient } from './tokeninfo-client.js';
