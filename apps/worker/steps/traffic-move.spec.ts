import { describe, expect, it } from '@jest/globals';
import { nextMove } from './traffic-move.js';

const wanted = { stack: 'app-3', percentage: 90 };
const before = { 'app-1': 50, 'app-2': 50, 'app-3': 0 };

describe('nextMove', () => {
  it('is the switch when nothing was changed', () => {
    expect(nextMove(before, before, wanted)).toEqual({ purpose: 'switch', ...wanted });
  });

  it('is the switch when all was changed: Senza finds nothing to do then', () => {
    expect(nextMove(before, { 'app-1': 5, 'app-2': 5, 'app-3': 90 }, wanted)).toMatchObject({ purpose: 'switch' });
  });

  it('undoes the only update of a half-done switch', () => {
    const move = nextMove(before, { 'app-1': 5, 'app-2': 50, 'app-3': 0 }, wanted);
    expect(move).toEqual({ purpose: 'undo', stack: 'app-1', percentage: 50 });
  });

  it('completes a switch that lacks the wanted version', () => {
    const four = { ...before, 'app-4': 0 };
    const move = nextMove(four, { 'app-1': 5, 'app-2': 5, 'app-3': 0, 'app-4': 0 }, wanted);
    expect(move).toEqual({ purpose: 'complete', stack: 'app-3', percentage: 90 });
  });

  it('completes a switch that lacks another version', () => {
    const move = nextMove(before, { 'app-1': 5, 'app-2': 50, 'app-3': 90 }, wanted);
    expect(move).toEqual({ purpose: 'complete', stack: 'app-2', percentage: 5 });
  });

  it('has Senza compute anew when too much is unknown', () => {
    const four = { 'app-1': 40, 'app-2': 30, 'app-3': 0, 'app-4': 30 };
    const standing = { 'app-1': 10, 'app-2': 1, 'app-3': 0, 'app-4': 30 };
    expect(nextMove(four, standing, wanted)).toMatchObject({ purpose: 'switch' });
    expect(nextMove({ 'app-1': 100, 'app-3': 100 }, { 'app-1': 10, 'app-3': 100 }, wanted)).toMatchObject({
      purpose: 'switch',
    });
  });
});
