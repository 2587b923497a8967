import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createErrorReporter, type ErrorReporter } from './error-reporter.js';

/** A fake of Sentry's ingest endpoint: accepts envelopes over HTTP and keeps the payloads of their events. */
class FakeSentry {
  readonly events: unknown[] = [];
  private readonly server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      // An envelope is lines of JSON: its header, then a header and a payload for each item.
      this.events.push(JSON.parse(body.split('\n')[2] ?? 'null'));
      response.end('{}');
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://key@127.0.0.1:${address.port}/1`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

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
