/** Why a request is not let in: a closed list. The first two are about who asks, the others about what they may do. */
export type AccessDenial = 'missing_token' | 'invalid_token' | 'insufficient_scope' | 'user_not_allowed';

const SENTENCES = {
  missing_token: 'No authorization token provided',
  invalid_token: 'Provided oauth token is not valid',
  insufficient_scope: 'Provided token does not have the required scope',
  user_not_allowed: 'User is not allowed to access this endpoint',
} as const satisfies Record<AccessDenial, string>;

/** Somebody is not let in. The sentences are Lizzy 2's. */
export class AccessDenied extends Error {
  override readonly name = 'AccessDenied';

  /** @param challenge the value of the answer's `WWW-Authenticate` */
  constructor(
    readonly denial: AccessDenial,
    readonly challenge: string,
  ) {
    super(SENTENCES[denial]);
  }
}

/** The challenge of RFC 6750, section 3. A request without a token learns no error code (section 3.1). */
export function bearerChallenge(denial: AccessDenial, scope: string): string {
  const realm = 'Bearer realm="lizzy"';
  switch (denial) {
    case 'missing_token':
    case 'user_not_allowed':
      return realm;
    case 'invalid_token':
      return `${realm}, error="invalid_token", error_description="${SENTENCES.invalid_token}"`;
    case 'insufficient_scope':
      return `${realm}, error="insufficient_scope", scope="${scope}"`;
  }
}
