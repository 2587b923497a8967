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

  it.each(['lizzy-templates', 'acme-{region}'])('takes the bucket %s for large templates', (TEMPLATE_BUCKET) => {
    expect(readWorkerConfig({ TEMPLATE_BUCKET }).senza.templateBucket).toBe(TEMPLATE_BUCKET);
  });

  it.each([
    [{ TEMPLATE_BUCKET: 's3://templates' }, 'TEMPLATE_BUCKET: must be the name of an S3 bucket'],
    [{ TEMPLATE_BUCKET: 'templates', SENZA_COMMAND: 'senza' }, 'TEMPLATE_BUCKET: needs the Senza runtime'],
    [{ TEMPLATE_BUCKET: 'templates', SENZA_REPAIRS: 'off' }, 'TEMPLATE_BUCKET: needs the Senza runtime'],
  ])('rejects %j', (env, error) => {
    expect(() => readWorkerConfig(env)).toThrow(error);
  });

  it('reports all errors at once', () => {
    expect(() => readWorkerConfig({ POLL_SECONDS: '0', WORKER_CONCURRENCY: 'many', SENZA_REPAIRS: 'no' })).toThrow(
      /SENZA_REPAIRS: must be on or off\n.*POLL_SECONDS: must be.*\n.*WORKER_CONCURRENCY: must be/,
    );
  });
});
