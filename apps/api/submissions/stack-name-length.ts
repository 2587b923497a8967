import { MAX_STACK_NAME_LENGTH } from '#definition';
import { fieldProblem } from '../problems/validation-problem.js';

/** CloudFormation bounds the name of a stack, `NAME-VERSION`. @throws ApiProblem `invalid_request` */
export function refuseLongStackName({ name, version }: { readonly name: string; readonly version: string }): void {
  if (`${name}-${version}`.length <= MAX_STACK_NAME_LENGTH) return;
  const detail = `must leave the stack's name, NAME-VERSION, with ${MAX_STACK_NAME_LENGTH} characters at most`;
  throw fieldProblem([{ pointer: '/stack_version', detail }]);
}
