import { describe, expect, it } from '@jest/globals';
import { isBeingUpdated, phaseOf } from './stack-phase.js';

describe('the phase of a stack', () => {
  it.each([
    ['create', 'CREATE_COMPLETE', 'ready'],
    ['create', 'UPDATE_COMPLETE', 'ready'],
    ['create', 'UPDATE_IN_PROGRESS', 'ready'],
    ['create', 'UPDATE_ROLLBACK_COMPLETE', 'ready'],
    ['create', 'CREATE_IN_PROGRESS', 'in_progress'],
    ['create', 'ROLLBACK_IN_PROGRESS', 'in_progress'],
    ['create', 'CREATE_FAILED', 'failed'],
    ['create', 'ROLLBACK_COMPLETE', 'failed'],
    ['create', 'DELETE_IN_PROGRESS', 'deleted'],
    ['create', 'DELETE_FAILED', 'deleted'],
    ['update', 'UPDATE_IN_PROGRESS', 'in_progress'],
    ['update', 'UPDATE_ROLLBACK_IN_PROGRESS', 'in_progress'],
    ['update', 'UPDATE_COMPLETE', 'ready'],
    ['update', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'in_progress'],
    ['update', 'UPDATE_ROLLBACK_COMPLETE', 'failed'],
    ['update', 'UPDATE_FAILED', 'failed'],
    ['update', 'DELETE_COMPLETE', 'deleted'],
  ] as const)('waiting for %s, %s is %s', (operation, status, phase) => {
    expect(phaseOf(status, operation)).toBe(phase);
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
