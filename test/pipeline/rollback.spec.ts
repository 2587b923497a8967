import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { until } from '../../local/services/index.js';
import { weighted } from '../support/definitions.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';

const job = z.object({ id: z.string() });

describe('rolling back the traffic of an application', () => {
  let lizzy: TestEnvironment;
  beforeAll(async () => {
    lizzy = await TestEnvironment.start({ apis: 1, workers: 1, stackSeconds: 0.3 });
  });
  afterAll(async () => {
    await lizzy.stop();
  });

  const deployed = async (name: string, version: string, percentage = 100): Promise<string> => {
    const id = await lizzy.deployByApi(weighted(name), version, { new_traffic: percentage });
    expect((await lizzy.ended(id)).progress.status).toBe('succeeded');
    return id;
  };
  const rollBack = async (name: string, body?: object): Promise<string> => {
    const { status, text, json } = await lizzy.call('POST', `/api/applications/${name}/rollback`, body && { body });
    if (status !== 202) throw new Error(text);
    return job.parse(json).id;
  };
  const traffic = async (name: string, ...versions: string[]): Promise<Record<string, number>> => {
    const [domain] = await lizzy.awsReader.weights(
      REGION,
      versions.map((version) => `${name}-${version}`),
    );
    return Object.fromEntries(domain?.weights ?? []);
  };

  it('restores the weights from before the last change, with an empty body', async () => {
    await deployed('shop', '1');
    const last = await deployed('shop', '2');
    const ended = await lizzy.ended(await rollBack('shop'));
    expect(ended).toMatchObject({
      submission: { kind: 'rollback', stack_name: 'shop', stack_version: '1' },
      progress: {
        status: 'succeeded',
        result: { check: { undoes: last, moves: [{ version: '1', percentage: 100 }] } },
      },
    });
    expect(await traffic('shop', '1', '2')).toEqual({ 'shop-1': 100, 'shop-2': 0 });
  });

  it('is listed with the application: its versions, weights and traffic changes', async () => {
    await deployed('shown', '1');
    const creator = await deployed('shown', '2', 40);
    const id = await rollBack('shown');
    await lizzy.ended(id);
    const { status, json } = await lizzy.call('GET', '/api/applications/shown');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      name: 'shown',
      region: REGION,
      versions: [
        { version: '1', status: 'UPDATE_COMPLETE', weights: { 'shown.example.org': 100 } },
        { version: '2', weights: { 'shown.example.org': 0 }, job: creator },
      ],
      domains: [{ domain: 'shown.example.org', weights: { 'shown-1': 100, 'shown-2': 0 } }],
      unfinished_jobs: [],
      traffic_changes: [
        { job_id: id, kind: 'rollback', requested_by: 'robot' },
        {
          job_id: creator,
          before: [{ weights: { 'shown-1': 100 } }],
          after: [{ weights: { 'shown-1': 60, 'shown-2': 40 } }],
        },
        {},
      ],
    });
    const list = await lizzy.call('GET', `/api/applications?region=${REGION}`);
    expect(list.json).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ name: 'shown', versions: 2 })]),
    });
    expect((await lizzy.call('GET', '/api/applications/nothing')).status).toBe(404);
  });

  it('restores several shares, and those from before an earlier job', async () => {
    await deployed('split', '1');
    await deployed('split', '2', 30);
    const third = await deployed('split', '3');
    await deployed('split', '4');
    expect((await lizzy.ended(await rollBack('split', { to_job: third }))).progress.status).toBe('succeeded');
    expect(await traffic('split', '1', '2', '3', '4')).toEqual({
      'split-1': 70,
      'split-2': 30,
      'split-3': 0,
      'split-4': 0,
    });
  });

  it('only shows what it would change in a dry run', async () => {
    await deployed('dry', '1');
    await deployed('dry', '2');
    const ended = await lizzy.ended(await rollBack('dry', { dry_run: true }));
    expect(ended.progress).toMatchObject({
      status: 'succeeded',
      steps: [{ name: 'check' }],
      result: { check: { moves: [{ version: '1', percentage: 100 }] } },
    });
    expect(await traffic('dry', '1', '2')).toEqual({ 'dry-1': 0, 'dry-2': 100 });
  });

  it('supersedes an older deployment that has not switched yet', async () => {
    await deployed('late', '1');
    await deployed('late', '2');
    await lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'late-3', seconds: 600 });
    const older = await lizzy.deployByApi(weighted('late'), '3', { new_traffic: 100 });
    await lizzy.inStep(older, 'wait');
    const id = await rollBack('late');
    expect((await lizzy.ended(id)).progress.status).toBe('succeeded');
    await lizzy.aws.control.finish('late-3');
    expect((await lizzy.ended(older)).progress).toMatchObject({
      status: 'superseded',
      result: { superseded_by: id },
    });
    expect(await traffic('late', '1', '2', '3')).toEqual({ 'late-1': 100, 'late-2': 0, 'late-3': 0 });
  });

  it('runs before the switches of older deployments that wait, which are superseded', async () => {
    await deployed('queue', '1');
    await deployed('queue', '2');
    await lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'UpdateStack', stack: 'queue-3', seconds: 600 });
    const running = await lizzy.deployByApi(weighted('queue'), '3', { new_traffic: 100 });
    await lizzy.acting(running, 'traffic');
    const waiting = await Promise.all(
      ['4', '5', '6'].map((version) => lizzy.deployByApi(weighted('queue'), version, { new_traffic: 100 })),
    );
    for (const each of waiting) {
      await lizzy.when(each, 'the lock', ({ progress }) => progress.waiting_for?.reason === 'lock');
    }
    const id = await rollBack('queue');
    await until('the update to start', 60_000, async () => (await lizzy.calls('UpdateStack', 'queue-3')) > 0);
    await lizzy.aws.control.finish('queue-3');
    expect((await lizzy.ended(id)).progress).toMatchObject({
      status: 'succeeded',
      result: { check: { undoes: running } },
    });
    for (const each of waiting) {
      expect((await lizzy.ended(each)).progress).toMatchObject({
        status: 'superseded',
        result: { superseded_by: id },
      });
    }
    expect(await traffic('queue', '2')).toMatchObject({ 'queue-2': 100, 'queue-3': 0, 'queue-4': 0, 'queue-6': 0 });
    for (const stack of ['queue-4', 'queue-5', 'queue-6']) expect(await lizzy.calls('UpdateStack', stack)).toBe(0);
  });

  it('restores the weights from before a switch that was cancelled in the middle', async () => {
    await deployed('half', '1');
    await lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'UpdateStack', stack: 'half-2', seconds: 600 });
    const cut = await lizzy.deployByApi(weighted('half'), '2', { new_traffic: 100 });
    await lizzy.when(cut, 'the switch', (job) => typeof lizzy.step(job, 'traffic')?.journal[0]?.ended_at === 'string');
    await lizzy.cancel(cut);
    expect((await lizzy.ended(cut)).progress.status).toBe('cancelled');
    const id = await rollBack('half');
    await lizzy.aws.control.finish('half-2');
    expect((await lizzy.ended(id)).progress).toMatchObject({
      status: 'succeeded',
      result: { check: { undoes: cut } },
    });
    expect(await traffic('half', '1', '2')).toEqual({ 'half-1': 100, 'half-2': 0 });
  });

  it('fails before anything is changed when a version cannot be updated, in a dry run too, and names it', async () => {
    await deployed('stuck', '1');
    await deployed('stuck', '2');
    await lizzy.aws.control.changeStack({ region: REGION, stack: 'stuck-1', status: 'UPDATE_ROLLBACK_FAILED' });
    const updates = await lizzy.calls('UpdateStack');
    for (const body of [{}, { dry_run: true }]) {
      expect((await lizzy.ended(await rollBack('stuck', body))).progress).toMatchObject({
        status: 'failed',
        error: {
          code: 'traffic_refused',
          detail: expect.stringContaining('stuck-1 is UPDATE_ROLLBACK_FAILED and cannot be updated'),
        },
      });
    }
    expect(await lizzy.calls('UpdateStack')).toBe(updates);
  });

  it('fails before anything is changed when a version is gone, and names it', async () => {
    await deployed('gone', '1');
    await deployed('gone', '2');
    const { status } = await lizzy.call('DELETE', '/api/stacks/gone-1');
    expect(status).toBe(204);
    await lizzy.aws.control.finish('gone-1');
    const ended = await lizzy.ended(await rollBack('gone'));
    expect(ended.progress).toMatchObject({
      status: 'failed',
      error: { code: 'traffic_refused', detail: expect.stringContaining('gone-1') },
    });
    expect(await traffic('gone', '2')).toMatchObject({ 'gone-2': 100 });
  });

  it.each([
    ['no traffic change is known', 'unknown', {}, 404],
    ['the named job made none', 'shop', { to_job: 'x' }, 404],
    ['no version had traffic before', 'first', {}, 409],
  ])('is rejected when %s', async (_when, name, body, status) => {
    if (name === 'first') await deployed('first', '1');
    const answer = await lizzy.call('POST', `/api/applications/${name}/rollback`, { body });
    expect(answer.status).toBe(status);
  });
});
