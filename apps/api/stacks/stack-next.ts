import { type StackRow } from '#jobs';

/**
 * What to do about a stack that CloudFormation has left failed, as sentences with the calls to make; empty for any other.
 * @param region in which the stack is
 */
export function stackNextSteps(row: StackRow, region: string): string[] {
  const { stack_name: name, version, status, failed_resources: failed = [] } = row;
  const stack = version === '' ? name : `${name}-${version}`;
  const remove = `DELETE /api/stacks/${stack} with {"region": "${region}"}`;
  const aws = (command: string): string => `aws cloudformation ${command} --stack-name ${stack} --region ${region}`;
  // Resources of nested stacks and the stack itself cannot be named to CloudFormation here.
  const named = failed
    .map(({ resource }) => resource)
    .filter((resource) => resource !== stack && !resource.includes('/'));
  const names = named.length === 0 ? 'LOGICAL_ID' : [...new Set(named)].join(' ');
  switch (status) {
    case 'DELETE_FAILED':
      return [
        `Remove what \`failed_resources\` gives as the reason, then delete the stack again: ${remove}.`,
        `To keep these resources and delete the rest: ${aws('delete-stack')} --retain-resources ${names}.`,
      ];
    case 'ROLLBACK_FAILED':
      return [
        `The stack can only be deleted. Remove what \`failed_resources\` gives as the reason, then: ${remove}.`,
        failedJob(row, region),
      ];
    case 'UPDATE_ROLLBACK_FAILED':
      return [
        `CloudFormation accepts no update until the rollback is completed. Remove what \`failed_resources\` gives as the reason, then: ${aws('continue-update-rollback')}.`,
        `To complete it without these resources, add --resources-to-skip ${names}.`,
      ];
    case 'UPDATE_FAILED':
    case 'IMPORT_ROLLBACK_FAILED':
      return [`Roll the last change back: ${aws('rollback-stack')}.`];
    case 'CREATE_FAILED':
    case 'ROLLBACK_COMPLETE':
      return [
        failedJob(row, region),
        `Submit the deployment again with "if_exists": "retry_failed", which deletes the stack first, or delete it: ${remove}.`,
      ];
    default:
      return [];
  }
}

/** Where it says why the creation failed. */
function failedJob({ stack_name: name, version }: StackRow, region: string): string {
  const query = new URLSearchParams({ stack_name: name, stack_version: version, region, status: 'failed', limit: '1' });
  return `\`error.detail\` of its job says why the creation failed: GET /api/jobs?${query.toString()}.`;
}
