import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Logger, type LogOptions } from './logger.js';

function linesOf(options: Pick<LogOptions, 'level' | 'format'>, write: (logger: Logger) => void): string[] {
  const stream = new PassThrough({ encoding: 'utf8' });
  write(Logger.create({ ...options, fields: { process: 'api' }, stream }));
  const text: unknown = stream.read();
  return typeof text === 'string' ? text.trimEnd().split('\n') : [];
}

describe('a log line', () => {
  it('is a sentence and fields, as JSON', () => {
    const [line = ''] = linesOf({ level: 'info', format: 'json' }, (logger) => {
      logger.child({ job_id: 'j1' }).info('Job submitted', { kind: 'deploy' });
    });
    expect(JSON.parse(line)).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'info',
      message: 'Job submitted',
      process: 'api',
      job_id: 'j1',
      kind: 'deploy',
    });
  });

  it('is one line of text by default, even with line breaks in a value', () => {
    const lines = linesOf({ level: 'info', format: 'default' }, (logger) => {
      logger.warn('Token service sent an invalid response', { detail: 'a\nb', status: 502 });
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\S+ WARN Token service sent an invalid response process=api detail="a\\nb" status=502$/);
  });

  it('is one line whatever a library logs as its sentence', () => {
    const lines = linesOf({ level: 'info', format: 'default' }, (logger) => {
      logger.warn('Two\n  lines');
    });
    expect(lines).toEqual([expect.stringMatching(/ WARN Two lines process=api$/)]);
  });

  it('for a person has the messages of an error and its causes, and its stack only at the level error', () => {
    const error = new Error('asking Redis', { cause: new Error('refused') });
    const lines = linesOf({ level: 'info', format: 'human' }, (logger) => {
      logger.warn('Heartbeat could not be written', { error });
      logger.error('Request failed', { error });
    });
    expect(lines[0]).toMatch(/^\S+ warn {2}Heartbeat could not be written error="asking Redis: refused" process=api$/);
    expect(lines[1]).toMatch(/^\S+ error Request failed error="asking Redis: refused" process=api$/);
    expect(lines[2]).toBe('Error: asking Redis');
    expect(lines[3]).toMatch(/^ +at /);
  });

  it('includes the stack and the causes of an error', () => {
    const [line = ''] = linesOf({ level: 'info', format: 'json' }, (logger) => {
      logger.error('Request failed', { error: new Error('asking Redis', { cause: new Error('refused') }) });
    });
    expect(JSON.parse(line)).toMatchObject({
      error: { message: 'asking Redis', stack: expect.stringContaining('logger.spec'), cause: { message: 'refused' } },
    });
  });

  it.each(['default', 'human', 'json'] as const)('shows no credentials that an error quotes (%s)', (format) => {
    const cause = new Error('connecting to redis://lizzy:hunter22@redis:6379');
    const lines = linesOf({ level: 'info', format }, (logger) => {
      logger.error('Uncaught exception', { error: new Error('sent Bearer abcdefghijkl', { cause }) });
    });
    expect(lines.join('\n')).toContain('Bearer [redacted]');
    expect(lines.join('\n')).not.toMatch(/abcdefghijkl|hunter22/);
  });

  it('includes the reason of an aborted signal', () => {
    const [line = ''] = linesOf({ level: 'info', format: 'json' }, (logger) => {
      logger.warn('AWS cannot be read', { error: new DOMException('took too long', 'TimeoutError') });
    });
    expect(JSON.parse(line)).toMatchObject({ error: { name: 'TimeoutError', message: 'took too long' } });
  });

  it('keeps its sentence and level whatever the fields are called', () => {
    const [line = ''] = linesOf({ level: 'info', format: 'json' }, (logger) => {
      logger.info('Job submitted', { message: 'other', level: 'error' });
    });
    expect(JSON.parse(line)).toMatchObject({ level: 'info', message: 'Job submitted' });
  });

  it('is not written below the level', () => {
    expect(
      linesOf({ level: 'warn', format: 'human' }, (logger) => {
        logger.info('Job submitted');
      }),
    ).toEqual([]);
  });
});
