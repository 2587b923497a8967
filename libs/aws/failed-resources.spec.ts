import { describe, expect, it } from '@jest/globals';
import { failuresOf, isStuck } from './failed-resources.js';
import { type StackEvent } from './stack-events.js';

function event(logicalId: string, status: string, reason = ''): StackEvent {
  const isStackEvent = logicalId === 'shop-1';
  const physicalId = isStackEvent ? 'arn:shop-1' : '';
  const type = isStackEvent ? 'AWS::CloudFormation::Stack' : 'AWS::S3::Bucket';
  return { id: '', at: new Date(0), logicalId, physicalId, type, status, reason, isStackEvent };
}

/** The names of those that are reported. @param events oldest first */
function failed(...events: readonly StackEvent[]): string[] {
  return failuresOf(events.toReversed()).map(({ logicalId, reason }) => `${logicalId}: ${reason}`);
}

describe('what keeps a stack', () => {
  it('is each resource that the last deletion could not delete', () => {
    const events = [
      event('shop-1', 'CREATE_COMPLETE'),
      event('shop-1', 'DELETE_IN_PROGRESS'),
      event('Queue', 'DELETE_FAILED', 'removed since'),
      event('shop-1', 'DELETE_FAILED'),
      event('shop-1', 'DELETE_IN_PROGRESS'),
      event('Bucket', 'DELETE_FAILED', 'not empty'),
      event('Role', 'DELETE_FAILED', 'has policies'),
      event('Other', 'DELETE_FAILED', 'Resource deletion cancelled'),
      event('shop-1', 'DELETE_FAILED', 'The following resource(s) failed to delete: [Bucket, Role].'),
    ];
    expect(failed(...events)).toEqual(['Bucket: not empty', 'Role: has policies']);
  });

  it('is what the rollback could not revert, not what made the update fail', () => {
    const events = [
      event('shop-1', 'UPDATE_IN_PROGRESS'),
      event('Queue', 'UPDATE_FAILED', 'invalid name'),
      event('shop-1', 'UPDATE_ROLLBACK_IN_PROGRESS'),
      event('Group', 'UPDATE_FAILED', 'no such image'),
      event('shop-1', 'UPDATE_ROLLBACK_FAILED'),
    ];
    expect(failed(...events)).toEqual(['Group: no such image']);
  });

  it('is the stack itself when CloudFormation blames no resource', () => {
    expect(failed(event('shop-1', 'DELETE_IN_PROGRESS'), event('shop-1', 'DELETE_FAILED', 'Export in use'))).toEqual([
      'shop-1: Export in use',
    ]);
  });

  it('is requested only after a deletion or a rollback that failed', () => {
    expect(isStuck('DELETE_FAILED')).toBe(true);
    expect(isStuck('UPDATE_ROLLBACK_FAILED')).toBe(true);
    expect(isStuck('ROLLBACK_COMPLETE')).toBe(false);
  });
});
