import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { SharedCache, closeRedis, connectRedis, keyspace, type Redis } from '#redis';
import { startValkey } from '../../local/services/valkey.js';
import { AwsError, StackListing, listingCodec, type StackSummary } from './index.js';

const REGION = 'eu-west-1';
const HELLO: StackSummary = {
  id: 'arn:hello-1',
  name: 'hello-1',
  status: 'CREATE_IN_PROGRESS',
  statusReason: null,
  createdAt: new Date('2026-11-22T18:31:46.123Z'),
  updatedAt: new Date('2026-11-23T18:31:46.123Z'),
  description: 'says hello',
};

describe('StackListing', () => {
  let valkey: Awaited<ReturnType<typeof startValkey>>;
  const connections: Redis[] = [];
  const prefix = randomUUID();

  /** As a process has it, with a connection of its own. */
  function listing(listStacks: () => Promise<StackSummary[]>): StackListing {
    const redis = connectRedis({ url: valkey.url, role: 'worker', clientName: 'spec', onError: () => undefined });
    connections.push(redis);
    return new StackListing(
      new SharedCache({ redis, keys: keyspace(prefix), family: 'listing', codec: listingCodec }),
      { listStacks },
    );
  }

  beforeAll(async () => {
    valkey = await startValkey();
  });

  afterAll(async () => {
    await Promise.all(connections.map(closeRedis));
    await valkey.stop();
  });

  it('serves many jobs in many processes with one call, and each with the same stacks', async () => {
    let calls = 0;
    const load = (): Promise<StackSummary[]> => {
      calls += 1;
      return Promise.resolve([HELLO]);
    };
    const processes = [listing(load), listing(load), listing(load)];
    const asked = processes.flatMap((process) =>
      Array.from({ length: 10 }, () => process.get(REGION, { maxAgeMs: 10_000 })),
    );
    for (const answer of await Promise.all(asked)) expect(answer.stacks).toEqual([HELLO]);
    expect(calls).toBe(1);
  });

  it('reads again after a change', async () => {
    const before = listing(() => Promise.resolve([HELLO]));
    const after = listing(() => Promise.resolve([]));
    await before.get(REGION, { maxAgeMs: 10_000 });
    await before.invalidate(REGION);
    expect((await after.get(REGION, { maxAgeMs: 10_000 })).stacks).toEqual([]);
  });

  it('lets an error keep its code on its way to another process', () => {
    const error = listingCodec.decodeError(
      listingCodec.encodeError(new AwsError('throttled', 'listing the stacks: Rate exceeded')),
    );
    expect(error).toMatchObject({ code: 'throttled', message: 'listing the stacks: Rate exceeded' });
    expect(listingCodec.decodeError(listingCodec.encodeError('?'))).toMatchObject({ code: 'unknown' });
  });
});
