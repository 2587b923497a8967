/** What the names of AWS errors mean, in the agent's own requests, in the output of Senza, and in the reasons of CloudFormation. */
export { awsErrorKind, type AwsErrorKind } from './aws-error-kind.js';
