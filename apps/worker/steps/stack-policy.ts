import { recordDomain } from '#aws';
import { type StepContext } from '../engine/step-context.js';

const RECORD_SET = 'AWS::Route53::RecordSet';

/**
 * Why the stack policy of a stack forbids changing the weights of its records; null when it does not. CloudFormation
 * itself accepts such an update, and rolls it back.
 * @param domains lower case, without the last dot
 */
export async function policyDenial(
  { services, stack, signal }: StepContext<unknown>,
  name: string,
  domains: readonly string[],
): Promise<string | null> {
  const denied = await services.aws.protectedResource(
    stack.region,
    name,
    ({ type, physicalId }) => type === RECORD_SET && domains.includes(recordDomain(physicalId ?? '')),
    signal,
  );
  return denied === null ? null : `the stack policy of ${name} denies Update:Modify of ${denied.logicalId}`;
}
