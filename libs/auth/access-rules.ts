import { type AccessDenial } from './access-denied.js';
import { type TokenInfo } from './token-info.js';

/** Who may use the agent: whoever is in `allows`, with a token for `scope`. */
export interface AccessRules {
  readonly scope: string;
  /** Whether this user may use the agent. */
  allows(uid: string): boolean;
}

/** Why a valid token does not let its owner in; null when it does. */
export function denialOf(info: TokenInfo, rules: AccessRules): AccessDenial | null {
  if (!info.scopes.includes(rules.scope)) return 'insufficient_scope';
  return info.uid !== '' && rules.allows(info.uid) ? null : 'user_not_allowed';
}
