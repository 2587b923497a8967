import { describe, expect, it } from '@jest/globals';
import { type AwsErrorKind, awsErrorKind } from './aws-error-kind.js';

const NAMES: Readonly<Record<AwsErrorKind, readonly string[]>> = {
  throttled: [
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'RequestThrottled',
    'RequestThrottledException',
    'Client.RequestThrottled',
    'EC2ThrottledException',
    'RequestLimitExceeded',
    'BandwidthLimitExceeded',
    'ProvisionedThroughputExceededException',
    'TooManyRequestsException',
    'PriorRequestNotComplete',
    'SlowDown',
  ],
  quota_exceeded: [
    'LimitExceeded',
    'LimitExceededException',
    'LimitsExceeded',
    'InstanceLimitExceeded',
    'VcpuLimitExceeded',
    'TooManyLoadBalancers',
    'ServiceQuotaExceededException',
    'MaxSpotInstanceCountExceeded',
    'InsufficientFreeAddressesInSubnet',
  ],
  no_capacity: ['InsufficientInstanceCapacity', 'InsufficientCapacity'],
  unavailable: [
    'TimeoutError',
    'RequestTimeout',
    'RequestTimeoutException',
    'ServiceUnavailable',
    'Unavailable',
    'InternalFailure',
    'InternalError',
    'InternalServerError',
    '503',
  ],
  no_credentials: [
    'CredentialsProviderError',
    'TokenProviderError',
    'ExpiredToken',
    'ExpiredTokenException',
    'RequestExpired',
    'InvalidClientTokenId',
    'UnrecognizedClientException',
    'InvalidAccessKeyId',
    'SignatureDoesNotMatch',
    'InvalidSignatureException',
    'IncompleteSignature',
    'AuthFailure',
    'MissingAuthenticationToken',
    'MissingAuthenticationTokenException',
  ],
  access_denied: [
    'AccessDenied',
    'AccessDeniedException',
    'AuthorizationError',
    'UnauthorizedOperation',
    'UnauthorizedTaggingOperation',
    'NotAuthorized',
    'OptInRequired',
    'Blocked',
    'PendingVerification',
  ],
  busy: ['ScalingActivityInProgress', 'OperationInProgressException', 'IncorrectInstanceState'],
  name_taken: ['AlreadyExists', 'AlreadyExistsException', 'EntityAlreadyExists', 'InvalidGroup.Duplicate'],
  rejected: [
    'ValidationError',
    'InvalidAMIID.NotFound',
    'InvalidAMIID.Malformed',
    'InvalidSubnetID.NotFound',
    'InvalidKeyPair.NotFound',
    'NoSuchEntity',
    'NoSuchHostedZone',
    'NoSuchBucket',
    'CertificateNotFound',
    'ResourceNotFoundException',
    'InvalidChangeBatch',
    'MalformedPolicyDocument',
    'UnsupportedCertificate',
    'UnknownParameter',
  ],
};

describe('what the name of an AWS error means', () => {
  it.each(Object.entries(NAMES).flatMap(([kind, names]) => names.map((name) => [name, kind])))(
    '%s: %s',
    (name, kind) => {
      expect(awsErrorKind(name)).toBe(kind);
    },
  );

  // The SDKs' own names for an answer that names no error.
  it.each(['Unknown', 'UnknownError', 'Error', 'HostedZoneNotEmpty'])('is not known of %s', (name) => {
    expect(awsErrorKind(name)).toBeUndefined();
  });
});
