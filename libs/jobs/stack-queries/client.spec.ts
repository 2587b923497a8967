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

  it('says that no worker has responded only when none has taken the query', async () => {
    await expect(client.read(QUERY, 1)).rejects.toThrow(StackQueryTimeoutError);
    const connection = fixture.connect();
    const answer = (): Promise<never> => Promise.reject(new Error('the disk is full'));
    const worker = new StackQueryWorker({ connection, prefix: fixture.prefix, answer, onError });
    worker.start();

    await expect(client.read(QUERY, 60_000)).rejects.toThrow(new StackQueryFailedError('the disk is full'));
    await worker.close();
  });
});
