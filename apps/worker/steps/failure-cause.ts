import { type AwsErrorKind, awsErrorKind } from '#aws-errors';
import { type StackFailureCause } from '#jobs';

/** CloudFormation ends a reason with the name of the service's error, or with one of its own ("Handler error codes"). */
const ERROR_NAME = /\b(?:HandlerErrorCode|Error ?Code): ?([\w.]{1,80})/g;

const CAUSE_OF_KIND: Readonly<Record<AwsErrorKind, StackFailureCause | null>> = {
  throttled: 'aws_unavailable',
  unavailable: 'aws_unavailable',
  busy: 'aws_unavailable',
  quota_exceeded: 'quota_exceeded',
  no_capacity: 'no_capacity',
  no_credentials: 'access_denied',
  access_denied: 'access_denied',
  name_taken: 'name_taken',
  rejected: null,
};

// Sentences of CloudFormation and the services, for reasons whose names of errors say nothing: `InvalidRequest`, for instance.
const SENTENCES: readonly (readonly [StackFailureCause, RegExp])[] = [
  ['not_ready', /\bsignal\(s\)|\bdid not stabilize\b|\bNotStabilized\b|\bExceeded attempts to wait\b/i],
  ['no_capacity', /\b(?:sufficient|insufficient|enough)\b[^.]{0,100}\bcapacity\b/i],
  ['access_denied', /\bnot authorized to\b|\baccess ?denied\b|\bunauthorized\b|\bnot have (?:the )?permission/i],
  [
    'quota_exceeded',
    /\b(?:limit|quota|maximum number)\b[^.]{0,100}\b(?:exceeded|reached)\b|\bexceed\w{0,3}\b[^.]{0,100}\b(?:limit|quota|maximum)\b/i,
  ],
  ['aws_unavailable', /\bRate exceeded\b|\binternal (?:error|failure)\b/i],
  ['name_taken', /\balready exists?\b|\bbucket name is not available\b/i],
];

/** Classifies CloudFormation's reason for a failure; null when no cause with its own advice matches. */
export function failureCause(reason: string): StackFailureCause | null {
  const named = [...reason.matchAll(ERROR_NAME)].flatMap(([, name = '']) => {
    const kind = awsErrorKind(name);
    return kind === undefined ? [] : (CAUSE_OF_KIND[kind] ?? []);
  });
  // A handler calls internal what the sentence before it explains.
  return (
    named.find((cause) => cause !== 'aws_unavailable') ??
    SENTENCES.find(([, pattern]) => pattern.test(reason))?.[0] ??
    named[0] ??
    null
  );
}
