import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '../../../local/services/index.js';
import { Pings } from './pings.js';
import { isProcessStopped } from './process-state.js';

const MINUTE_MS = 60_000;

describe('a template that does not answer', () => {
  let silent: boolean;
  beforeEach(() => {
    silent = false;
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  function ping(isStopped: boolean, send: () => void = () => undefined): Pings {
    const onSilence = (): void => {
      silent = true;
    };
    const pings = new Pings({ send, isStopped: () => isStopped, onSilence });
    pings.start();
    return pings;
  }

  it('is given up after eight seconds when it is stopped', () => {
    ping(true);
    jest.advanceTimersByTime(7999);
    expect(silent).toBe(false);
    jest.advanceTimersByTime(1);
    expect(silent).toBe(true);
  });

  it('is given up after a minute when it only waits for a processor', () => {
    ping(false);
    jest.advanceTimersByTime(MINUTE_MS);
    expect(silent).toBe(false);
    jest.advanceTimersByTime(MINUTE_MS / 10);
    expect(silent).toBe(true);
  });

  it('is kept when it answers late', () => {
    const pings = ping(false);
    for (let answers = 0; answers < 10; answers += 1) {
      jest.advanceTimersByTime(MINUTE_MS / 2);
      pings.answer();
    }
    expect(silent).toBe(false);
  });
});

it('a process that was stopped is recognised', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  expect(isProcessStopped(pid)).toBe(process.platform !== 'linux');
  child.kill('SIGSTOP');
  await until('it to be stopped', () => isProcessStopped(pid));
  child.kill('SIGKILL');
});
