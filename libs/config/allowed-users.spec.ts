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
  ])('takes %s', (text) => {
    const users = allowedUserList.parse(text);
    expect([users.allows('robot'), users.allows('anna'), users.allows('mallory'), users.allows('')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it.each(['[]', ',', `['a'`, `['a' 'b']`, '[1]', `[""]`, `[open('x')]`])('refuses %s', (text) => {
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

  it('takes no time to fight with an evil name', () => {
    const users = allowedUserPattern.parse('(a+)+b');
    const begun = performance.now();
    expect(users.allows('a'.repeat(5_000))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it('refuses what is no regular expression', () => {
    expect(allowedUserPattern.safeParse('(').success).toBe(false);
  });
});
