/** What the names of AWS errors mean, in answers to the agent's own requests, in output of Senza, and in events of CloudFormation. */
export { awsErrorKind, type AwsErrorKind } from './aws-error-kind.js';
