import { type TokenInfo, TokenServiceUnavailableError } from './token-info.client.js';
import { isSafeMethod } from './safe-methods.js';
import { type VerifiedToken } from './token-cache.js';

/** Why access is denied: a closed list. The first two are 401, the others 403. */
export type AccessDenial =
  'missing_token' | 'invalid_token' | 'insufficient_scope' | 'user_not_allowed' | 'no_admin_scope' | 'not_job_owner';

/** The user and client that sent a request. */
export interface Caller {
  readonly uid: string;
  readonly realm: string | null;
  /** The OAuth2 client that the token was issued to; null when the token service does not report it. */
  readonly clientId: string | null;
  /** Whether the token has the scope of administrators. */
  readonly isAdmin: boolean;
}

/** Who may use the agent. */
export interface AccessRulesOptions {
  /** The scope that a token needs to change something. */
  readonly deployerScope: string;
  /** The scope that a token needs to read; `deployerScope` is sufficient, too. */
  readonly readScope: string;
  /** The scope of administrators, which is sufficient to read, too; null: there are none. */
  readonly adminScope: string | null;
  /** Who may cancel and retry a job: every user who may change something, or its submitter and administrators. */
  readonly jobActions: 'all' | 'owner';
  /** Whether this user may use the agent. */
  allows(uid: string): boolean;
}

/** Access is denied. The sentences of the first two and the last denial are Lizzy 2's. */
export class AccessDeniedError extends Error {
  override readonly name = 'AccessDeniedError';

  /** @param subject the missing scope, the user that is not allowed, or the first submitter of the job */
  constructor(
    readonly denial: AccessDenial,
    readonly subject: string | null = null,
    /** Who is denied access; null when the token is not valid. */
    readonly caller: Caller | null = null,
  ) {
    super(sentence(denial, subject));
  }

  /** The value of `WWW-Authenticate` (RFC 6750, section 3). Without a token it has no error code (section 3.1). */
  get challenge(): string {
    const challenge = 'Bearer realm="lizzy"';
    switch (this.denial) {
      case 'missing_token':
      case 'user_not_allowed':
      case 'no_admin_scope':
      case 'not_job_owner':
        return challenge;
      case 'invalid_token':
        return `${challenge}, error="invalid_token", error_description="${this.message}"`;
      case 'insufficient_scope':
        return `${challenge}, error="insufficient_scope", scope="${this.subject ?? ''}"`;
    }
  }
}

/** Decides what the owner of a valid token may do. */
export class AccessRules {
  constructor(private readonly options: AccessRulesOptions) {}

  /** The scopes that the rules ask for. */
  get scopes(): readonly string[] {
    const { deployerScope, readScope, adminScope } = this.options;
    return [...new Set([deployerScope, readScope, ...(adminScope === null ? [] : [adminScope])])];
  }

  /**
   * @param method of the HTTP request
   * @throws AccessDeniedError; TokenServiceUnavailableError for a change with a token that could not be verified again
   */
  authorize({ info, isStale }: VerifiedToken, method: string): Caller {
    const isRead = isSafeMethod(method);
    const { deployerScope, readScope, adminScope } = this.options;
    const isAdmin = adminScope !== null && info.scopes.includes(adminScope);
    const missing =
      isRead && isAdmin ? null : missingScope(info, isRead ? [readScope, deployerScope] : [deployerScope]);
    const caller = { uid: info.uid, realm: info.realm, clientId: info.clientId, isAdmin };
    if (missing !== null) throw new AccessDeniedError('insufficient_scope', missing, caller);
    if (info.uid === '' || !this.options.allows(info.uid))
      throw new AccessDeniedError('user_not_allowed', info.uid, caller);
    if (isStale && !isRead) throw new TokenServiceUnavailableError('the token could not be verified again');
    return caller;
  }

  /** @throws AccessDeniedError unless the caller is an administrator */
  assertAdmin({ isAdmin }: Caller): void {
    const { adminScope } = this.options;
    if (adminScope === null) throw new AccessDeniedError('no_admin_scope');
    if (!isAdmin) throw new AccessDeniedError('insufficient_scope', adminScope);
  }

  /** Whether the caller may cancel and retry a job of these users. @param submitters of its first and of its last attempt */
  mayActOnJobsOf(submitters: readonly [string, ...string[]], { uid, isAdmin }: Caller): boolean {
    return this.options.jobActions === 'all' || isAdmin || submitters.includes(uid);
  }

  /** @throws AccessDeniedError when the caller may not cancel and retry a job of these users */
  assertMayActOnJobsOf(submitters: readonly [string, ...string[]], caller: Caller): void {
    if (!this.mayActOnJobsOf(submitters, caller)) throw new AccessDeniedError('not_job_owner', submitters[0]);
  }
}

/** The first of the scopes if the token has none of them. */
function missingScope({ scopes }: TokenInfo, sufficient: readonly [string, ...string[]]): string | null {
  return sufficient.some((scope) => scopes.includes(scope)) ? null : sufficient[0];
}

function sentence(denial: AccessDenial, subject: string | null): string {
  switch (denial) {
    case 'missing_token':
      return 'No authorization token provided';
    case 'invalid_token':
      return 'Provided oauth token is not valid';
    case 'insufficient_scope':
      return `Provided token does not have the required scope "${subject ?? ''}"`;
    case 'user_not_allowed':
      return 'User is not allowed to access this endpoint';
    case 'no_admin_scope':
      return 'This agent has no administrators: ADMIN_SCOPE is not set';
    case 'not_job_owner':
      return `Only "${subject ?? ''}", who submitted this job, and administrators may cancel or retry it`;
  }
}
