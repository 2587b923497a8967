/** What the names of AWS errors mean, whoever has met them: the agent's own requests, Senza, or CloudFormation. */
export { awsErrorKind, type AwsErrorKind } from './aws-error-kind.js';
