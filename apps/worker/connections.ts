import { type WorkerConfig } from '#config';
import { closeRedis, connectRedis, type Redis } from '#redis';
import { ConnectionTrouble, type Logger } from '#telemetry';

/** The worker's connections to Redis. Blocking reads and subscriptions need one of their own each. */
export interface Connections {
  readonly commands: Redis;
  readonly queue: Redis;
  readonly consumer: Redis;
  readonly reads: Redis;
  readonly subscriber: Redis;
}

/** Opens them; they wait for Redis as long as it takes. */
export function openConnections({ redis }: WorkerConfig, logger: Logger): Connections {
  const trouble = new ConnectionTrouble(logger);
  const open = (role: 'worker' | 'subscriber', name: string): Redis => {
    const { failed, ready } = trouble.listener(name);
    const clientName = `lizzy-worker-${name}`;
    return connectRedis({ ...redis, role, clientName, onError: failed }).on('ready', ready);
  };
  return {
    commands: open('worker', 'commands'),
    queue: open('worker', 'queue'),
    consumer: open('worker', 'consumer'),
    reads: open('worker', 'reads'),
    subscriber: open('subscriber', 'subscriber'),
  };
}

/** Closes them. Never rejects. */
export async function closeConnections(connections: Connections): Promise<void> {
  await Promise.all(Object.values(connections).map(closeRedis));
}
