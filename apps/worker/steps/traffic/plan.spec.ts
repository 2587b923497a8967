import { describe, expect, it } from '@jest/globals';
import { isPartiallyApplied, nextCommand, rollbackCommand } from './plan.js';

const wanted = { stack: 'app-3', percentage: 90 };
const before = { 'app-1': 50, 'app-2': 50, 'app-3': 0 };

describe('nextCommand', () => {
  it('is the switch when nothing was changed', () => {
    expect(nextCommand(before, before, wanted)).toEqual({ purpose: 'switch', ...wanted });
  });

  it('is the switch when all was changed: Senza finds nothing to do then', () => {
    expect(nextCommand(before, { 'app-1': 5, 'app-2': 5, 'app-3': 90 }, wanted)).toMatchObject({ purpose: 'switch' });
  });

  it('completes a switch between two versions that lacks either of them, with no update made twice', () => {
    const two = { 'app-2': 100, 'app-3': 0 };
    const third = { stack: 'app-3', percentage: 30 };
    expect(nextCommand(two, { 'app-2': 70, 'app-3': 0 }, third)).toEqual({ purpose: 'complete', ...third });
    expect(nextCommand(two, { 'app-2': 100, 'app-3': 30 }, third)).toEqual({ purpose: 'switch', ...third });
  });

  it('completes a switch that lacks the shares of the others', () => {
    const move = nextCommand(
      { 'app-1': 40, 'app-3': 60 },
      { 'app-1': 40, 'app-3': 0 },
      { stack: 'app-3', percentage: 0 },
    );
    expect(move).toMatchObject({ purpose: 'switch' });
  });

  it.each([
    ['one', { 'app-1': 0, 'app-2': 50, 'app-3': 0 }],
    ['two', { 'app-1': 0, 'app-2': 0, 'app-3': 0 }],
  ])('is the switch to 100 %% again after %s of its updates: Senza changes only what is left', (_many, current) => {
    const all = { stack: 'app-3', percentage: 100 };
    expect(nextCommand(before, current, all)).toEqual({ purpose: 'switch', ...all });
  });

  it('is the switch again when only the requested version was updated: Senza computes the same weights for the others', () => {
    const current = { ...before, 'app-3': 90 };
    expect(nextCommand(before, current, wanted)).toEqual({ purpose: 'switch', ...wanted });
  });

  it('does not undo what cannot be restored: a version was deleted with its weight', () => {
    const move = nextCommand({ ...before, 'app-4': 0 }, { 'app-1': 5, 'app-3': 0, 'app-4': 0 }, wanted);
    expect(move).toMatchObject({ purpose: 'switch' });
  });

  it('undoes the only update of a partially applied switch', () => {
    const move = nextCommand(before, { 'app-1': 5, 'app-2': 50, 'app-3': 0 }, wanted);
    expect(move).toEqual({ purpose: 'undo', stack: 'app-1', percentage: 50 });
  });

  it('completes a switch that lacks the wanted version', () => {
    const four = { ...before, 'app-4': 0 };
    const move = nextCommand(four, { 'app-1': 5, 'app-2': 5, 'app-3': 0, 'app-4': 0 }, wanted);
    expect(move).toEqual({ purpose: 'complete', stack: 'app-3', percentage: 90 });
  });

  it('completes a switch that lacks another version', () => {
    const move = nextCommand(before, { 'app-1': 5, 'app-2': 50, 'app-3': 90 }, wanted);
    expect(move).toEqual({ purpose: 'complete', stack: 'app-2', percentage: 5 });
  });

  it('lets Senza compute it again when too much is unknown', () => {
    const four = { 'app-1': 40, 'app-2': 30, 'app-3': 0, 'app-4': 30 };
    const current = { 'app-1': 10, 'app-2': 1, 'app-3': 0, 'app-4': 30 };
    expect(nextCommand(four, current, wanted)).toMatchObject({ purpose: 'switch' });
    // Not made by Lizzy: there is no sum to preserve.
    expect(nextCommand({ 'app-1': 100, 'app-3': 100 }, { 'app-1': 10, 'app-3': 100 }, wanted)).toMatchObject({
      purpose: 'switch',
    });
  });
});

describe('rollbackCommand', () => {
  it('is the exact one if it exists', () => {
    const current = { 'app-1': 50, 'app-2': 5, 'app-3': 0 };
    expect(rollbackCommand(before, current)).toEqual({ purpose: 'undo', stack: 'app-2', percentage: 50 });
  });

  it('otherwise gives the missing share to the version that had most, without a second update', () => {
    const move = rollbackCommand({ 'app-1': 40, 'app-2': 60, 'app-3': 0 }, { 'app-1': 0, 'app-2': 0, 'app-3': 0 });
    expect(move).toEqual({ purpose: 'undo', stack: 'app-2', percentage: 100 });
  });

  it('removes an excess', () => {
    const move = rollbackCommand({ 'app-2': 100, 'app-3': 0 }, { 'app-2': 100, 'app-3': 100 });
    expect(move).toEqual({ purpose: 'undo', stack: 'app-3', percentage: 0 });
  });

  it('is none when no single update makes the sum 100 %', () => {
    expect(
      rollbackCommand({ 'app-1': 50, 'app-2': 50, 'app-3': 0 }, { 'app-1': 60, 'app-2': 60, 'app-3': 60 }),
    ).toBeNull();
  });
});

describe('isPartiallyApplied', () => {
  it.each([
    [true, before, { ...before, 'app-1': 5 }],
    [false, before, before],
    [false, before, { 'app-1': 5, 'app-2': 5, 'app-3': 90 }],
    [false, { 'app-1': 0 }, { 'app-1': 0 }],
    [false, null, { 'app-1': 5 }],
  ])('is %s for %j and then %j', (halfDone, first, current) => {
    expect(isPartiallyApplied(first, current)).toBe(halfDone);
  });
});
