import { describe, expect, it } from '@jest/globals';
import { readWorkerConfig } from './worker.config.js';

describe('readWorkerConfig', () => {
  it('requires no variable', () => {
    expect(readWorkerConfig({ PATH: '/bin' })).toMatchObject({
      senza: { command: 'senza', timeoutSeconds: 600, environment: { PATH: '/bin' } },
      pollSeconds: 10,
      concurrency: 10,
      shutdownGraceSeconds: 60,
    });
  });

  it('reports all errors at once', () => {
    expect(() => readWorkerConfig({ POLL_SECONDS: '0', WORKER_CONCURRENCY: 'many' })).toThrow(
      /POLL_SECONDS: must be.*\n.*WORKER_CONCURRENCY: must be/,
    );
  });
});
