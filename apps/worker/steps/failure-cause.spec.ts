import { describe, expect, it } from '@jest/globals';
import { failureCause } from './failure-cause.js';

// In the forms in which CloudFormation quotes the services.
describe('the cause of a stack’s failure', () => {
  it.each([
    [
      'access_denied',
      'API: ec2:RunInstances You are not authorized to perform this operation. Encoded authorization failure message: x',
    ],
    [
      'access_denied',
      'Resource handler returned message: "User: arn:aws:iam::1:role/x is not authorized to perform: sqs:CreateQueue" (RequestToken: 1, HandlerErrorCode: GeneralServiceException)',
    ],
    ['access_denied', 'Access Denied (Service: S3, Status Code: 403, Request ID: 1) (HandlerErrorCode: AccessDenied)'],
    [
      'quota_exceeded',
      'Resource handler returned message: "The maximum number of VPCs has been reached. (Service: Ec2, Status Code: 400)" (HandlerErrorCode: ServiceLimitExceeded)',
    ],
    [
      'quota_exceeded',
      'You have exceeded the limit of 20 load balancers (Error Code: TooManyLoadBalancers; Request ID: 1)',
    ],
    ['quota_exceeded', 'The limit of 50 security groups is exceeded (HandlerErrorCode: InvalidRequest)'],
    [
      'no_capacity',
      'We currently do not have sufficient m5.large capacity in the Availability Zone you requested (Status Code: 500; Error Code: InsufficientInstanceCapacity; Request ID: 1)',
    ],
    [
      'not_ready',
      'Received 0 SUCCESS signal(s) out of 1.  Unable to satisfy 100% MinSuccessfulInstancesPercent requirement',
    ],
    ['not_ready', 'Failed to receive 1 resource signal(s) within the specified duration'],
    ['not_ready', 'Resource handler returned message: "Exceeded attempts to wait" (HandlerErrorCode: NotStabilized)'],
    ['name_taken', 'shop-queue already exists in stack arn:aws:cloudformation:eu-west-1:1:stack/shop-1/x'],
    ['name_taken', 'Queue exists (RequestToken: 1, HandlerErrorCode: AlreadyExists)'],
    [
      'name_taken',
      'The requested bucket name is not available. The bucket namespace is shared by all users of the system. (Service: Amazon S3)',
    ],
    ['aws_unavailable', 'Rate exceeded (Service: AmazonElasticLoadBalancing; Error Code: Throttling; Request ID: 1)'],
    ['aws_unavailable', 'No words (RequestToken: 1, HandlerErrorCode: ServiceInternalError)'],
    [
      null,
      "The image id '[ami-12345678]' does not exist (Status Code: 400; Error Code: InvalidAMIID.NotFound; Request ID: 1)",
    ],
    [null, 'Can only include alphanumeric characters'],
    [null, ''],
  ])('is %s for %s', (cause, reason) => {
    expect(failureCause(reason)).toBe(cause);
  });
});
