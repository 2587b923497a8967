import { type Stack } from '#aws';
import { JobFailedError } from '#jobs';
import { stackCommand } from './stack-command.js';

/**
 * Rejects a deletion that CloudFormation would refuse.
 * @throws JobFailedError `stack_protected`
 */
export function assertDeletable({ name, terminationProtection }: Stack, region: string): void {
  if (!terminationProtection) return;
  const turnOff = stackCommand('update-termination-protection --no-enable-termination-protection', name, region);
  throw new JobFailedError(
    'stack_protected',
    `The stack ${name} has termination protection, so CloudFormation does not delete it. Turn it off (${turnOff}), then try again.`,
    { stack: name },
  );
}
