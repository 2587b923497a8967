import { describe, expect, it } from '@jest/globals';
import { allowedUserList, allowedUserPattern } from './allowed-users.js';

describe('ALLOWED_USERS', () => {
  it.each([
    `['robot','anna']`,
    `["robot", "anna"]`,
    `['robot', "anna",]`,
    'robot,anna',
    ' robot , anna ',
    `('robot', 'anna')`,
  ])('accepts %s', (text) => {
    const users = allowedUserList.parse(text);
    expect([users.allows('robot'), users.allows('anna'), users.allows('mallory'), users.allows('')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it.each(['[]', ',', `['a'`, `['a' 'b']`, '[1]', `[""]`, `[open('x')]`])('rejects %s', (text) => {
    expect(allowedUserList.safeParse(text).success).toBe(false);
  });
});

describe('ALLOWED_USER_PATTERN', () => {
  it('matches the whole name only', () => {
    const users = allowedUserPattern.parse('robot|deploy-.*');
    expect(users.allows('robot')).toBe(true);
    expect(users.allows('deploy-x')).toBe(true);
    expect(users.allows('robots')).toBe(false);
    expect(users.allows('xrobot')).toBe(false);
    expect(users.allows('robot\n')).toBe(false);
  });

  it('matches a hostile name in linear time', () => {
    const users = allowedUserPattern.parse('(a+)+b');
    // With backtracking it would take longer than any test may.
    expect(users.allows('a'.repeat(5_000))).toBe(false);
  });

  it('rejects an invalid regular expression', () => {
    expect(allowedUserPattern.safeParse('(').success).toBe(false);
  });
});
