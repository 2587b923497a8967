import { describe, expect, it } from '@jest/globals';
import { TokenServiceLog } from './token-service-log.js';

const MINUTE_MS = 60_000;

describe('TokenServiceLog', () => {
  it('logs one line a minute while the service fails, also in between others, and one when it answers again', () => {
    const lines: string[] = [];
    let now = 0;
    const logger = {
      info: (message: string) => void lines.push(message),
      warn: (message: string, fields: object = {}) => void lines.push(`${message} ${JSON.stringify(fields)}`),
    };
    const log = new TokenServiceLog(logger, () => now);

    log.answered();
    expect(lines).toEqual([]);
    for (let i = 0; i < 100; i++) {
      log.failed('token service: no response (ECONNREFUSED)');
      log.answered();
    }
    expect(lines).toEqual([
      'Token service is unavailable {"reason":"token service: no response (ECONNREFUSED)"}',
      'Token service is available again',
    ]);
    now += MINUTE_MS;
    log.failed(null);
    expect(lines).toHaveLength(3);
  });
});
