import { type Stack } from '#aws';
import { JobFailedError } from '#jobs';

/**
 * Rejects a deletion that CloudFormation would refuse.
 * @throws JobFailedError `stack_protected`
 */
export function assertDeletable({ name, terminationProtection }: Stack): void {
  if (!terminationProtection) return;
  throw new JobFailedError(
    'stack_protected',
    `The stack ${name} has termination protection, so CloudFormation does not delete it. Turn it off (aws ` +
      `cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${name}), then try again.`,
    { stack: name },
  );
}
