import { type ApiConfig } from '#config';
import { StackQueryClient } from '#jobs';
import { closeRedis, connectRedis, type Redis } from '#redis';
import { ConnectionTrouble, Logger } from '#telemetry';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { API_CONFIG } from '../core/injection-tokens.js';
import { setTimeout as sleep } from 'node:timers/promises';

const CLOSE_LIMIT_MS = 1_000;

const CONNECTIONS = Symbol('ReadConnections');
interface Connections {
  readonly commands: Redis;
  readonly events: Redis;
}

function connect({ redis, queuePrefix }: ApiConfig, logger: Logger): Connections {
  const trouble = new ConnectionTrouble(logger);
  const open = (role: 'producer' | 'worker', name: string): Redis => {
    const { failed, ready } = trouble.listener(name);
    const clientName = `lizzy-api:${queuePrefix}:${name}`;
    return connectRedis({ ...redis, role, clientName, onError: failed }).on('ready', ready);
  };
  return { commands: open('producer', 'stack-queries'), events: open('worker', 'stack-query-events') };
}

/** Questions to the workers about AWS. Their answers are awaited on a connection that blocks. */
@Module({
  providers: [
    { provide: CONNECTIONS, useFactory: connect, inject: [API_CONFIG, Logger] },
    {
      provide: StackQueryClient,
      useFactory: ({ commands, events }: Connections, { queuePrefix }: ApiConfig, logger: Logger) =>
        new StackQueryClient({
          connection: commands,
          eventsConnection: events,
          prefix: queuePrefix,
          onError: (error) => {
            logger.debug('Queue of reads in trouble', { error: error.message });
          },
        }),
      inject: [CONNECTIONS, API_CONFIG, Logger],
    },
  ],
  exports: [StackQueryClient],
})
export class StackQueriesModule implements OnApplicationShutdown {
  constructor(
    @Inject(CONNECTIONS) private readonly connections: Connections,
    private readonly client: StackQueryClient,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.connections.commands, this.connections.events].map(closeRedis));
    // After its connections: with Redis away it would wait for them.
    // What was never connected does not say that it has ended.
    const closed = this.client.close().catch(() => undefined);
    await Promise.race([closed, sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]);
  }
}
