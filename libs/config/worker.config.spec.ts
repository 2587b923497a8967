import { describe, expect, it } from '@jest/globals';
import { readWorkerConfig } from './worker.config.js';

describe('readWorkerConfig', () => {
  it('requires no variable', () => {
    expect(readWorkerConfig({ PATH: '/bin' })).toMatchObject({
      senza: {
        command: undefined,
        python: undefined,
        repairs: true,
        limits: { cpu_seconds: 60, memory_mib: 1024, file_mib: 64, processes: 4096 },
        timeoutSeconds: 600,
        environment: { PATH: '/bin' },
      },
      pollSeconds: 10,
      concurrency: 10,
      shutdownGraceSeconds: 60,
    });
  });

  it('reports all errors at once', () => {
    expect(() => readWorkerConfig({ POLL_SECONDS: '0', WORKER_CONCURRENCY: 'many', SENZA_REPAIRS: 'no' })).toThrow(
      /SENZA_REPAIRS: must be on or off\n.*POLL_SECONDS: must be.*\n.*WORKER_CONCURRENCY: must be/,
    );
  });
});
