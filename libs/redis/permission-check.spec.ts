import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startValkey, type Valkey } from '../../local/services/valkey.js';
import { closeRedis, connectRedis, type Redis } from './index.js';
import { checkPermissions } from './permission-check.js';
import { CONNECTION_COMMANDS, PROBE_CALLS } from './required-commands.js';

const ROOT = join(import.meta.dirname, '../..');
const PROBED = PROBE_CALLS.map((call) => call.split(' ')[0] ?? '');

describe('checkPermissions', () => {
  let valkey: Valkey;
  let admin: Redis;
  let user: Redis;

  beforeAll(async () => {
    valkey = await startValkey();
    admin = connect(valkey.url);
  });
  afterEach(async () => {
    await closeRedis(user);
  });
  afterAll(async () => {
    await closeRedis(admin);
    await valkey.stop();
  });

  function connect(url: string): Redis {
    return connectRedis({ url, role: 'worker', clientName: 'test', onError: () => undefined });
  }

  /** Checks a user with these rules. */
  async function check(...rules: readonly string[]): Promise<void> {
    await admin.acl('SETUSER', 'lizzy', 'reset', 'on', '>secret', ...rules);
    user = connect(valkey.url.replace('redis://', 'redis://lizzy:secret@'));
    await checkPermissions(user, 'lizzy');
  }

  it('accepts a user with the required permissions, and leaves nothing behind', async () => {
    await check('~{lizzy}:*', '&{lizzy}:*', '+@all', '-@dangerous');
    expect(await admin.keys('*')).toEqual([]);
  });

  it('names every command that is denied, in one error', async () => {
    await expect(check('~*', '&*', '+@all', '-hset', '-xadd', '-publish')).rejects.toThrow(
      'The configuration is invalid: REDIS_URL: the user of Redis lacks permissions: HSET, PUBLISH, XADD; ' +
        'allow the commands that docs/operations.md lists, the keys {lizzy}:* and the channels {lizzy}:*',
    );
  });

  it.each([
    ['keys', ['~other:*', '&*', '+@all'], /lacks permissions: .*access.*the keys \{lizzy\}:\*/],
    ['channels', ['~*', '&other', '+@all'], /lacks permissions: PUBLISH;.* the channels \{lizzy\}:\*/],
    ['scripts', ['~*', '&*', '+@all', '-@scripting'], /lacks permissions: .*'evalsha'/],
  ] as const)('rejects a user who lacks the right to the %s', async (_, rules, message) => {
    await expect(check(...rules)).rejects.toThrow(message);
  });

  it.each(PROBED)('notices that %s is denied', async (command) => {
    await expect(check('~*', '&*', '+@all', `-${command.toLowerCase()}`)).rejects.toThrow(
      `lacks permissions: ${command};`,
    );
  });
});

describe('the required commands', () => {
  const texts = (folder: string, ending: RegExp): string[] =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => ending.test(file))
      .map((file) => readFileSync(join(ROOT, folder, file), 'utf8'));

  it('are those of all scripts, of Lizzy and of BullMQ', () => {
    const scripts = [
      ...texts('libs', /(?<!\.spec|\.fixture)\.ts$/),
      ...texts('node_modules/bullmq/dist/esm/scripts', /\.js$/),
    ].join('\n');
    const calls = scripts.matchAll(/(?:\brcall|redis\.p?call)\(\s*["']([A-Za-z]+)["']/g);
    const used = new Set([...calls].map(([, command = '']) => command.toUpperCase()));
    expect(used.size).toBeGreaterThan(50);
    expect([...used].filter((command) => !PROBED.includes(command))).toEqual([]);
  });

  it('are those that docs/operations.md lists', () => {
    const document = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
    const rules = document.matchAll(/(?<= )\+([a-z]+)(?=[ \n])/g);
    const listed = new Set([...rules].map(([, command = '']) => command.toUpperCase()));
    expect([...listed].toSorted()).toEqual([...PROBED, ...CONNECTION_COMMANDS, 'INFO'].toSorted());
  });
});
