import { describe, expect, it } from '@jest/globals';
import { loggedExporter } from './logged-exporter.js';

describe('an exporter of spans', () => {
  it('logs one line when spans are lost, and one when they are sent again', () => {
    const lines: unknown[] = [];
    const add = (message: string, fields?: object): void => {
      lines.push([message, fields]);
    };
    let error: Error | undefined;
    const fake = {
      export: (_spans: unknown, done: (result: { code: number; error?: Error }) => void): void => {
        done(error === undefined ? { code: 0 } : { code: 1, error });
      },
      shutdown: () => Promise.resolve(),
    };
    const exporter = loggedExporter(fake, { info: add, warn: add });
    const send = (): void => {
      exporter.export([], () => undefined);
    };

    send();
    error = Object.assign(new Error(''), { code: 'ECONNREFUSED' });
    send();
    send();
    error = undefined;
    send();
    send();
    error = Object.assign(new Error('Unauthorized'), { code: 401 });
    send();
    expect(lines).toEqual([
      ['Traces cannot be sent: spans are lost', { error: 'no response (ECONNREFUSED)' }],
      ['Traces are sent again', { lost_spans: 0 }],
      ['Traces cannot be sent: spans are lost', { error: 'Unauthorized (401)' }],
    ]);
  });
});
