import { describe, expect, it } from '@jest/globals';
import { isBeingUpdated, phaseOf } from './stack-phase.js';

describe('what a state means for a deployment that waits', () => {
  it.each(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_FAILED'] as const)(
    '%s: the stack stands, whoever has updated it since',
    (status) => {
      expect(phaseOf(status)).toBe('ready');
    },
  );

  it.each(['CREATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'] as const)('%s: the wait goes on', (status) => {
    expect(phaseOf(status)).toBe('in_progress');
  });

  it.each(['CREATE_FAILED', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED'] as const)('%s: it has failed', (status) => {
    expect(phaseOf(status)).toBe('failed');
  });

  it.each(['DELETE_IN_PROGRESS', 'DELETE_COMPLETE', 'DELETE_FAILED'] as const)('%s: somebody deletes it', (status) => {
    expect(phaseOf(status)).toBe('deleted');
  });
});

describe('whether a stack is being updated', () => {
  it.each([
    'UPDATE_IN_PROGRESS',
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'UPDATE_ROLLBACK_IN_PROGRESS',
    'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
  ] as const)('%s: yes', (status) => {
    expect(isBeingUpdated(status)).toBe(true);
  });

  it.each(['CREATE_IN_PROGRESS', 'DELETE_IN_PROGRESS', 'UPDATE_COMPLETE', 'UPDATE_FAILED'] as const)(
    '%s: no',
    (status) => {
      expect(isBeingUpdated(status)).toBe(false);
    },
  );
});
