import { describe, expect, it } from '@jest/globals';
import { stackNextSteps } from './stack-next.js';

function next(status: string, resources: readonly string[] = ['Bucket', 'Nested/Queue']): string {
  const row = { stack_name: 'shop', version: '1', status, creation_time: '', description: null };
  const failed_resources = resources.map((resource) => {
    return {
      resource,
      resource_type: 'AWS::S3::Bucket',
      status: 'DELETE_FAILED',
      reason: 'not empty',
      occurred_at: null,
    };
  });
  return stackNextSteps({ ...row, failed_resources }, 'us-east-1').join('\n');
}

describe('what to do about a stack', () => {
  it.each([
    ['DELETE_FAILED', 'DELETE /api/stacks/shop-1 with {"region": "us-east-1"}'],
    ['DELETE_FAILED', 'delete-stack --stack-name shop-1 --region us-east-1 --retain-resources Bucket.'],
    ['ROLLBACK_FAILED', 'can only be deleted'],
    ['ROLLBACK_FAILED', '/api/jobs?stack_name=shop&stack_version=1&region=us-east-1&status=failed&limit=1'],
    ['UPDATE_ROLLBACK_FAILED', 'continue-update-rollback --stack-name shop-1 --region us-east-1'],
    ['UPDATE_ROLLBACK_FAILED', '--resources-to-skip Bucket.'],
    ['UPDATE_FAILED', 'rollback-stack --stack-name shop-1'],
    ['ROLLBACK_COMPLETE', '"if_exists": "retry_failed"'],
  ])('fits its status: %s', (status, sentence) => {
    expect(next(status)).toContain(sentence);
  });

  it('names no resource when CloudFormation blames only the stack', () => {
    expect(next('DELETE_FAILED', ['shop-1'])).toContain('--retain-resources LOGICAL_ID.');
  });

  it.each(['CREATE_COMPLETE', 'UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE'])('is nothing in %s', (status) => {
    expect(next(status)).toBe('');
  });
});
