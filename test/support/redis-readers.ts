import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { type Redis } from '#redis';

/** Counts the connections that read a key. */
export interface RedisReaders {
  /** How many have read it since the start. */
  readonly count: number;
  stop(): void;
}

/** A command in the output of MONITOR: its time, the client, and the arguments in quotes. */
const COMMAND = /^\+[0-9.]+ \[[0-9]+ (?<client>[^\]]+)\] (?<call>.*)$/;

/**
 * Starts to observe who reads a key, by Redis's MONITOR. A request that waits for a job cannot be seen from outside, but it
 * has read the job before. Without ioredis, whose monitor fails when a command comes in the packet of Redis's `OK`.
 */
export async function redisReaders({ options }: Redis, key: string): Promise<RedisReaders> {
  const clients = new Set<string>();
  const socket = connect(options.port ?? 6379, options.host);
  const lines = createInterface({ input: socket });
  socket.write('MONITOR\r\n');
  await once(lines, 'line');
  lines.on('line', (line) => {
    const { client, call } = COMMAND.exec(line)?.groups ?? {};
    if (client !== undefined && call?.includes(`"${key}"`) === true) clients.add(client);
  });
  return {
    get count() {
      return clients.size;
    },
    stop: () => {
      socket.destroy();
    },
  };
}
