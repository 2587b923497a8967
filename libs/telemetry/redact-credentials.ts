/** Longer texts are cut: a report needs the beginning of a message only. */
const MAX_LENGTH = 8_192;

const REDACTED = '[redacted]';
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // `Authorization: Bearer TOKEN` (RFC 6750) and `Basic` (RFC 7617).
  [/\b(bearer|basic) [\w.~+/=-]{4,}/gi, `$1 ${REDACTED}`],
  // The user name and password of a URL.
  [/:\/\/[^/\s:@]{0,256}:[^/\s@]{1,256}@/g, `://${REDACTED}@`],
  [/\b(access_token|client_secret|password|secret)(["']?[=:] ?["']?)[^\s"'&,;]+/gi, `$1$2${REDACTED}`],
  // AWS access key IDs and session tokens begin with these letters.
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, REDACTED],
];

/** Replaces credentials of well-known forms in a text that leaves the agent. A second line of defence: no text should hold any. */
export function redactCredentials(text: string): string {
  return PATTERNS.reduce((redacted, [pattern, by]) => redacted.replace(pattern, by), text.slice(0, MAX_LENGTH));
}
