import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { createErrorReporter } from './error-reporter.js';

/** A fake of Sentry's ingest endpoint: takes envelopes over HTTP and keeps their text. */
async function startFakeSentry(): Promise<{ port: number; envelopes: string[]; close: () => void }> {
  const envelopes: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      envelopes.push(body);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, envelopes, close: () => server.close() };
}

describe('the error reporter', () => {
  it('sends an error with its tags to Sentry, and no environment of the process', async () => {
    const sentry = await startFakeSentry();
    const dsn = `http://key@127.0.0.1:${sentry.port}/1`;
    const reporter = await createErrorReporter({ dsn, release: '3.0.0', process: 'api' });
    reporter.report(new Error('it broke'), { request_id: 'r1' });
    await reporter.close();
    sentry.close();
    expect(sentry.envelopes.join()).toContain('it broke');
    expect(sentry.envelopes.join()).toContain('"request_id":"r1"');
    expect(sentry.envelopes.join()).not.toContain('"request":');
  });

  it('does nothing without an address', async () => {
    const reporter = await createErrorReporter({ dsn: null, release: '3.0.0', process: 'api' });
    reporter.report(new Error('it broke'));
    await expect(reporter.close()).resolves.toBeUndefined();
  });
});
