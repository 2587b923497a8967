import { describe, expect, it } from '@jest/globals';
import { readOptions } from './options.js';

describe('the command line of the local stack', () => {
  it.each([
    [[], {}, { once: false, port: null }],
    [['--once'], { PORT: '9000' }, { once: true, port: 9000 }],
    [['--port', '9001'], { PORT: '9000' }, { once: false, port: 9001 }],
    [[], { PORT: '' }, { once: false, port: null }],
    [['--help'], {}, 'help'],
  ])('reads %j with %j', (args, env, expected) => {
    expect(readOptions(args, env)).toEqual(expected);
  });

  it.each([
    [['--onec'], {}, /Unknown option '--onec'/],
    [['extra'], {}, /Unexpected argument 'extra'/],
    [['--port', '99999'], {}, /must be a number from 1 to 65535, not "99999"/],
    [[], { PORT: 'http' }, /must be a number from 1 to 65535, not "http"/],
  ])('rejects %j with %j', (args, env, message) => {
    expect(() => readOptions(args, env)).toThrow(message);
  });
});
