import { describe, expect, it } from '@jest/globals';
import { causeOf, type StackEvent } from './stack-events.js';

const STACK = 'AWS::CloudFormation::Stack';

/** Events are written oldest first here, and reversed, as CloudFormation returns them. */
function newestFirst(...events: readonly StackEvent[]): StackEvent[] {
  return events.toReversed();
}

function own(status: string, reason = ''): StackEvent {
  return {
    id: '',
    at: new Date(0),
    logicalId: 'hello-1',
    physicalId: 'arn:hello-1',
    type: STACK,
    status,
    reason,
    isStackEvent: true,
  };
}

function resource(logicalId: string, status: string, reason = ''): StackEvent {
  return {
    id: '',
    at: new Date(0),
    logicalId,
    physicalId: '',
    type: 'AWS::SQS::Queue',
    status,
    reason,
    isStackEvent: false,
  };
}

describe('causeOf', () => {
  it('is the first resource in time that failed by itself', () => {
    const events = newestFirst(
      own('CREATE_IN_PROGRESS', 'User Initiated'),
      resource('Other', 'CREATE_FAILED', 'Resource creation cancelled'),
      resource('Queue', 'CREATE_FAILED', 'invalid name'),
      resource('Late', 'CREATE_FAILED', 'no such role'),
      own('ROLLBACK_IN_PROGRESS', 'The following resource(s) failed to create: [Queue, Other, Late].'),
      resource('Bucket', 'DELETE_FAILED', 'not empty'),
      own('ROLLBACK_COMPLETE'),
    );
    expect(causeOf('change', events)).toMatchObject({ logicalId: 'Queue', reason: 'invalid name' });
  });

  it('ignores failures of an earlier operation', () => {
    const events = newestFirst(
      own('CREATE_IN_PROGRESS'),
      own('CREATE_COMPLETE'),
      own('UPDATE_IN_PROGRESS'),
      resource('Old', 'UPDATE_FAILED', 'old reason'),
      own('UPDATE_ROLLBACK_COMPLETE'),
      own('UPDATE_IN_PROGRESS'),
      resource('New', 'UPDATE_FAILED', 'new reason'),
      own('UPDATE_ROLLBACK_IN_PROGRESS'),
    );
    expect(causeOf('change', events)).toMatchObject({ logicalId: 'New' });
  });

  it('is the reason of the stack itself when no resource caused the failure', () => {
    const events = newestFirst(
      own('CREATE_IN_PROGRESS'),
      resource('Queue', 'CREATE_FAILED', 'Resource creation cancelled'),
      own('ROLLBACK_IN_PROGRESS', 'Stack creation time exceeded the specified timeout'),
    );
    expect(causeOf('change', events)).toMatchObject({
      isStackEvent: true,
      reason: 'Stack creation time exceeded the specified timeout',
    });
  });

  it('is null when nothing failed', () => {
    expect(
      causeOf('change', newestFirst(own('CREATE_IN_PROGRESS', 'User Initiated'), own('CREATE_COMPLETE'))),
    ).toBeNull();
  });

  it('keeps a deletion and the change before it apart', () => {
    const events = newestFirst(
      own('CREATE_IN_PROGRESS'),
      own('CREATE_COMPLETE'),
      own('DELETE_IN_PROGRESS', 'User Initiated'),
      resource('Bucket', 'DELETE_FAILED', 'not empty'),
      own('DELETE_FAILED', 'The following resource(s) failed to delete: [Bucket].'),
    );
    expect(causeOf('change', events)).toBeNull();
    expect(causeOf('delete', events)).toMatchObject({ logicalId: 'Bucket', reason: 'not empty' });
  });
});
