/** What an error of AWS means, as far as its name says. */
export type AwsErrorKind =
  | 'throttled'
  | 'quota_exceeded'
  | 'no_capacity'
  | 'unavailable'
  | 'no_credentials'
  | 'access_denied'
  | 'busy'
  | 'name_taken'
  | 'rejected';

// AWS has thousands of error names, but forms them by habit: "Error codes" of the API references of EC2, Elastic Load Balancing, Auto
// Scaling, IAM, Route 53, ACM, S3 and KMS, CloudFormation's "Handler error codes", and the SDK's own (`CredentialsProviderError`,
// `TimeoutError`). The first rule that fits counts: a `RequestLimitExceeded` is throttling, although quotas end so, too.
const RULES: readonly (readonly [kind: AwsErrorKind, pattern: RegExp])[] = [
  [
    'throttled',
    /Throttl|^(?:RequestLimitExceeded|BandwidthLimitExceeded|ProvisionedThroughputExceeded|TooManyRequests|SlowDown|PriorRequestNotComplete)/,
  ],
  ['no_capacity', /^Insufficient\w{0,60}Capacity|CapacityNotAvailable/],
  [
    'quota_exceeded',
    /(?:Limits?|Quota|Count)Exceeded|^TooMany|^Max\w{0,60}(?:Exceeded|Reached)|^InsufficientFreeAddresses/,
  ],
  [
    'unavailable',
    /^(?:5\d\d$|Internal|Service(?:Internal|Unavailable)|GeneralService|Unavailable|NetworkFailure|RequestTimeout|TimeoutError)/,
  ],
  [
    'no_credentials',
    /^(?:CredentialsProviderError|TokenProviderError|ExpiredToken|RequestExpired|InvalidClientTokenId|InvalidCredentials|UnrecognizedClient|InvalidAccessKeyId|AuthFailure|IncompleteSignature|MissingAuthenticationToken)|Signature(?:DoesNotMatch|Exception)/,
  ],
  [
    'access_denied',
    /AccessDenied|Unauthorized|NotAuthorized|AuthorizationError|^(?:Forbidden|OptInRequired|Blocked|PendingVerification)/,
  ],
  [
    'busy',
    /InProgress|^ResourceNotReady|^ResourceConflict|^ConcurrentModification|^(?:Incorrect|Invalid)\w{0,60}State$/,
  ],
  ['name_taken', /AlreadyExists|\.Duplicate$|^Duplicate|AlreadyOwnedByYou$|EntityAlreadyExists/],
  [
    'rejected',
    /NotFound|^NoSuch|DoesNotExist|^(?:Invalid|Malformed|Missing|Unsupported|Unknown(?!Error|$)|Validation|NotUpdatable|NonCompliant)|Malformed|Mismatch|NotSupported|NotInUse/,
  ],
];

/** What the name of an AWS error means, for instance `InvalidAMIID.NotFound`; undefined when it says nothing. */
export function awsErrorKind(name: string): AwsErrorKind | undefined {
  return RULES.find(([, pattern]) => pattern.test(name))?.[0];
}
