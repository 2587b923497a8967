import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bare } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

/** How old a listing may be for a read (apps/worker/stack-queries/stack-queries.handler.ts), in milliseconds. */
const READ_AGE_MS = 2_000;
const CLIENTS = 10;
const ROUNDS = 20;

let lizzy: TestEnvironment;
beforeAll(async () => {
  lizzy = await TestEnvironment.start({ apis: 1, workers: 2 });
});
afterAll(async () => {
  await lizzy.stop();
});

async function create(name: string): Promise<void> {
  const { status } = await lizzy.call('POST', '/api/stacks', {
    body: { senza_yaml: bare(name), stack_version: '1' },
  });
  expect(status).toBe(201);
}

describe('reads', () => {
  it('of many clients at many stacks are one listing per tick', async () => {
    await Promise.all(['one', 'two', 'three'].map(create));
    const ids = Array.from({ length: CLIENTS }, (_, index) => ['one-1', 'two-1', 'three-1', 'four-1'][index % 4] ?? '');
    const before = await lizzy.calls('ListStacks');
    const begun = performance.now();
    for (let round = 0; round < ROUNDS; round += 1) {
      const answers = await Promise.all(ids.map((id) => lizzy.call('GET', `/api/stacks/${id}`)));
      expect(answers.map(({ status }) => status)).toEqual(ids.map((id) => (id === 'four-1' ? 404 : 200)));
    }
    const ticks = Math.ceil((performance.now() - begun) / READ_AGE_MS);
    expect((await lizzy.calls('ListStacks')) - before).toBeLessThanOrEqual(ticks + 1);
  });

  it('are never older than the last change through the agent', async () => {
    const list = async (): Promise<unknown> => (await lizzy.call('GET', '/api/stacks?references=fresh')).json;
    expect(await list()).toEqual([]);
    await create('fresh');
    expect(await list()).toMatchObject([{ stack_name: 'fresh', version: '1' }]);
    expect((await lizzy.call('DELETE', '/api/stacks/fresh-1')).status).toBe(204);
    expect(await list()).toEqual([]);
  });
});
