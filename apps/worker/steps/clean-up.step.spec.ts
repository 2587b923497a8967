import { type StackStatus } from '#aws';
import { describe, expect, it } from '@jest/globals';
import { planCleanUp } from './clean-up.step.js';
import { type StackVersion } from './stack-versions.js';

const DAY_MS = 24 * 3600 * 1000;

function stack(version: string, day: number, status: StackStatus = 'CREATE_COMPLETE'): StackVersion {
  const name = `app-${version}`;
  return {
    id: `arn:${name}`,
    name,
    version,
    status,
    statusReason: null,
    createdAt: new Date(day * DAY_MS),
    updatedAt: null,
    description: null,
  };
}

function plan(versions: readonly StackVersion[], keep: number, receiving: readonly string[] = []) {
  const deployed = stack('0102', 50);
  const { remove, retained } = planCleanUp([...versions, deployed], { deployed, receiving: new Set(receiving), keep });
  return { remove: remove.map(({ version }) => version), retained: retained.map(({ stack: name }) => name) };
}

describe('planCleanUp', () => {
  it('keeps the newest by creation time, not by the text of the versions', () => {
    const versions = [stack('097', 1), stack('0101', 2), stack('99', 3), stack('1000', 4)];
    expect(plan(versions, 2)).toEqual({ remove: ['0101', '097'], retained: ['app-1000', 'app-99'] });
    expect(plan(versions, 0)).toEqual({ remove: ['1000', '99', '0101', '097'], retained: [] });
    expect(plan(versions, 9)).toEqual({ remove: [], retained: ['app-1000', 'app-99', 'app-0101', 'app-097'] });
  });

  it('never touches the deployed version or younger ones', () => {
    expect(plan([stack('zzz', 50), stack('000', 51), stack('001', 99, 'ROLLBACK_COMPLETE')], 0)).toEqual({
      remove: [],
      retained: [],
    });
  });

  it('deletes stacks that failed to be created, without counting them among those kept', () => {
    const versions = [stack('3', 3, 'ROLLBACK_COMPLETE'), stack('2', 2, 'CREATE_FAILED'), stack('1', 1)];
    expect(plan(versions, 1)).toEqual({ remove: ['3', '2'], retained: ['app-1'] });
  });

  it('retains stacks that receive traffic, without counting them among those kept', () => {
    expect(plan([stack('3', 3), stack('2', 2), stack('1', 1)], 1, ['app-3'])).toEqual({
      remove: ['1'],
      retained: ['app-3', 'app-2'],
    });
  });

  it.each<StackStatus>([
    'CREATE_IN_PROGRESS',
    'ROLLBACK_IN_PROGRESS',
    'ROLLBACK_FAILED',
    'UPDATE_IN_PROGRESS',
    'UPDATE_ROLLBACK_FAILED',
    'DELETE_IN_PROGRESS',
    'DELETE_FAILED',
    'UNKNOWN',
  ])('leaves and names what is in %s', (status) => {
    expect(plan([stack('1', 1, status)], 0)).toEqual({ remove: [], retained: ['app-1'] });
  });
});
