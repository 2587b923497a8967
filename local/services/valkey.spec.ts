import { afterEach, describe, expect, it } from '@jest/globals';
import { createConnection } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { startValkey, type Valkey } from './valkey.js';

/** One command in Redis's inline form, and the first piece of its answer. */
async function ask(port: number, command: string): Promise<string> {
  const socket = createConnection(port, '127.0.0.1');
  socket.setEncoding('utf8').write(`${command}\r\n`);
  const answer = String(await once(socket, 'data'));
  socket.destroy();
  return answer;
}

describe('startValkey', () => {
  const started: Valkey[] = [];
  const start = async (...args: Parameters<typeof startValkey>): Promise<Valkey> => {
    const valkey = await startValkey(...args);
    started.push(valkey);
    return valkey;
  };
  afterEach(async () => {
    await Promise.all(started.splice(0).map((valkey) => valkey.stop()));
  });

  it('never evicts keys and keeps an append-only file', async () => {
    const { port } = await start();
    expect(await ask(port, 'CONFIG GET maxmemory-policy')).toContain('noeviction');
    expect(await ask(port, 'CONFIG GET appendonly')).toContain('yes');
  });

  it('keeps acknowledged writes when it is restarted after a kill', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lizzy-spec-'));
    const first = await start({ dir });
    await ask(first.port, 'SET durable yes');
    await first.kill();
    const second = await start({ dir, port: first.port });
    expect(await ask(second.port, 'GET durable')).toContain('yes');
    await second.stop();
    rmSync(dir, { recursive: true });
  });

  it('assigns each one its own port', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    expect(one.port).not.toBe(two.port);
  });
});
