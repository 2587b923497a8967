import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreFixture } from '../store/job-store.fixture.js';
import { CHUNK_SIZE, SUBMISSION_ENTRY_BYTES } from './chunk.js';
import { SubmissionTable } from './submission-table.js';

describe('the submission table', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  /** Writes the table of this number of ends; the job that ended first was submitted at the position `first`. */
  async function store(ends: number, first: number): Promise<void> {
    const entries = Buffer.alloc(ends * SUBMISSION_ENTRY_BYTES);
    for (let end = 0; end < ends; end += 1) entries.writeUInt32BE(first + end, end * SUBMISSION_ENTRY_BYTES);
    await fixture.redis.set(`${fixture.keys.submissionTable}0`, entries);
  }

  it('is read again when Redis was restored to an earlier state', async () => {
    const table = new SubmissionTable(fixture.redis, fixture.keys);
    await store(CHUNK_SIZE, 1_000);
    expect((await table.chunk(0, 3 * CHUNK_SIZE))[7]).toBe(1_007);
    await store(10, 5);
    expect((await table.chunk(0, 9))[7]).toBe(12);
  });

  it('is not read again for a page that began before the last jobs ended', async () => {
    const table = new SubmissionTable(fixture.redis, fixture.keys);
    await store(CHUNK_SIZE, 1_000);
    await table.chunk(0, 3 * CHUNK_SIZE);
    await store(CHUNK_SIZE, 2_000);
    expect((await table.chunk(0, 3 * CHUNK_SIZE - 5))[7]).toBe(1_007);
  });

  it('is read again where a failover can still lose the last ends', async () => {
    const table = new SubmissionTable(fixture.redis, fixture.keys);
    await store(CHUNK_SIZE, 1_000);
    expect((await table.chunk(0, CHUNK_SIZE))[7]).toBe(1_007);
    await store(CHUNK_SIZE, 2_000);
    expect((await table.chunk(0, CHUNK_SIZE + 1))[7]).toBe(2_007);
  });
});
