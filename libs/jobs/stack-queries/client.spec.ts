import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreFixture } from '../store/job-store.fixture.js';
import { StackQueryClient, StackQueryFailedError, StackQueryTimeoutError } from './client.js';
import { StackQueryWorker } from './worker.js';

const QUERY = { read: 'stacks', region: 'eu-west-1' } as const;

describe('StackQueryClient', () => {
  let fixture: StoreFixture;
  let client: StackQueryClient;
  const onError = (): void => undefined;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
    const { prefix } = fixture;
    const [connection, eventsConnection] = [fixture.connect(), fixture.connect()];
    client = new StackQueryClient({ connection, eventsConnection, prefix, onError });
  });
  afterAll(async () => {
    await client.close();
    await fixture.stop();
  });

  it('says that no worker has responded only when none has taken the query, and no internals of a worker', async () => {
    await expect(client.read(QUERY, 1)).rejects.toThrow(StackQueryTimeoutError);
    const connection = fixture.connect();
    const answer = (): Promise<never> =>
      Promise.reject(new Error("Cannot read properties of undefined (reading 'name')"));
    const worker = new StackQueryWorker({ connection, prefix: fixture.prefix, answer, onError });
    worker.start();

    await expect(client.read(QUERY, 60_000)).rejects.toThrow(
      new StackQueryFailedError('a worker has failed unexpectedly; its log says why'),
    );
    await worker.close();
  });
});
