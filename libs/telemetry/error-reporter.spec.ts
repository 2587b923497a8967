import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeSentry } from '../../test/support/fake-sentry.js';
import { createErrorReporter, type ErrorReporter } from './error-reporter.js';
import { addBreadcrumb, withLogFields } from './work-context.js';
import { z } from 'zod';

describe('the error reporter', () => {
  let sentry: FakeSentry;
  let dsn: string;

  async function create(environment: string | null = null): Promise<ErrorReporter> {
    return await createErrorReporter({ dsn, environment, version: '3.0.0', process: 'worker' });
  }

  beforeEach(async () => {
    sentry = new FakeSentry();
    dsn = await sentry.listen();
  });

  afterEach(() => {
    sentry.close();
  });

  it('sends an error with its tags, breadcrumbs, release and environment', async () => {
    const reporter = await create('staging');
    reporter.report(new Error('create failed'), {
      tags: { job_id: 'j1' },
      breadcrumbs: [{ category: 'senza', message: 'senza create', data: { exit_code: 1 }, at: 1_000 }],
    });
    await reporter.close();
    expect(sentry.events).toEqual([
      expect.objectContaining({
        release: 'lizzy@3.0.0',
        environment: 'staging',
        tags: { job_id: 'j1', process: 'worker' },
        exception: { values: [expect.objectContaining({ type: 'Error', value: 'create failed' })] },
        breadcrumbs: [
          expect.objectContaining({ category: 'senza', message: 'senza create', data: { exit_code: 1 }, timestamp: 1 }),
        ],
      }),
    ]);
  });

  it('sends an error that nothing has handled as fatal', async () => {
    const reporter = await create();
    reporter.report(new Error('x'));
    reporter.report(new Error('y'), { fatal: true });
    await reporter.close();
    const eventOf = (value: string): unknown =>
      sentry.events.find((event) => JSON.stringify(event).includes(`"value":"${value}"`));
    expect(eventOf('x')).not.toHaveProperty('level', 'fatal');
    expect(eventOf('y')).toMatchObject({
      level: 'fatal',
      exception: { values: [{ mechanism: { handled: false } }] },
    });
  });

  it('adds what has happened in the same job, from the last of many', async () => {
    const reporter = await create();
    await withLogFields({ job_id: 'j1' }, async () => {
      for (let number = 1; number <= 60; number += 1)
        addBreadcrumb({ category: 'senza', message: `command ${number}` });
      await Promise.resolve();
      reporter.report(new Error('create failed'));
    });
    addBreadcrumb({ category: 'senza', message: 'of no job' });
    await reporter.close();
    const { breadcrumbs } = z
      .object({ breadcrumbs: z.array(z.object({ message: z.string() })) })
      .parse(sentry.events[0]);
    expect([breadcrumbs.length, breadcrumbs.at(-1)?.message]).toEqual([50, 'command 60']);
  });

  it('sends neither credentials nor data of the process', async () => {
    process.env['CANARY'] = 'hunter2-env';
    const reporter = await create();
    reporter.report(
      new Error('GET https://u:hunter2@tokens failed with Bearer hunter2', { cause: new Error('password=hunter2') }),
      {
        breadcrumbs: [{ category: 'http', message: 'Bearer hunter2', data: { url: 'redis://:hunter2@redis' } }],
      },
    );
    await reporter.close();
    delete process.env['CANARY'];
    expect(sentry.events).toHaveLength(1);
    expect(JSON.stringify(sentry.events)).not.toContain('hunter2');
  });

  it('sends what is queued when it is closed', async () => {
    const reporter = await create();
    for (const number of [1, 2, 3]) reporter.report(new Error(`error ${number}`));
    await reporter.close();
    expect(sentry.events).toHaveLength(3);
  });

  it('does nothing without a DSN', async () => {
    const reporter = await createErrorReporter({ dsn: null, environment: null, version: '3.0.0', process: 'api' });
    reporter.report(new Error('create failed'));
    await expect(reporter.close()).resolves.toBeUndefined();
    expect(sentry.events).toEqual([]);
  });
});
