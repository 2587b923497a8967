import { describe, expect, it } from '@jest/globals';
import { readPreference } from './prefer.decorator.js';

describe('Prefer', () => {
  it.each([
    [undefined, false, null],
    ['respond-async', true, null],
    ['Respond-Async', true, null],
    ['respond-async, wait=10', true, 10],
    ['wait=10;foo=bar, respond-async;x', true, 10],
    ['wait = "7"', false, 7],
    ['wait=0', false, 0],
    ['wait=1, wait=2', false, 1],
    ['wait=-1', false, null],
    ['wait=soon', false, null],
    ['wait', false, null],
    ['respond-async=no', false, null],
    ['wait=99999999999', false, 99_999_999_999],
    ['foo="a, respond-async, b"', false, null],
    ['foo="a; wait=3"; respond-async', false, null],
    ['foo="\\", respond-async", wait=4', false, 4],
    ['foo=", respond-async', true, null],
    [';;;,,,=', false, null],
    ['return=minimal, handling=lenient', false, null],
    ['', false, null],
  ])('%p', (header, respondAsync, waitSeconds) => {
    expect(readPreference(header)).toEqual({ respondAsync, waitSeconds });
  });
});
