export {
  type AwsRequest,
  type OnRequest,
  rateLimitScope,
  type RateLimitScope,
  ROUTE53_SCOPE,
  UNLIMITED,
  type RateLimiter,
} from './request-budget.js';
export { AWS_ERROR_CODES, AwsError, awsOutcome, isThrottling, type AwsErrorCode } from './errors.js';
export { type AutoScalingGroup, type GroupInstance } from './auto-scaling.js';
export { type ImageChannel } from './images.js';
export { listingCodec } from './stack-listing.js';
export { type StackTemplate } from './stack-templates.js';
export { StackListing, type Listing, type ListingFreshness, type SharedListings } from './stack-listing.js';
export { AwsReader } from './reader.js';
export {
  type FailedOperation,
  isOwnFailure,
  NESTED_STACK,
  type StackEvent,
  type StackFailure,
} from './stack-events.js';
export { type FailedResource, isStuck } from './failed-resources.js';
export { STACK_STATUSES, type Stack, type StackParameter, type StackStatus, type StackSummary } from './stacks.js';
export { type DomainWeights } from './traffic-weights.js';
export { recordDomain } from './record-sets.js';
