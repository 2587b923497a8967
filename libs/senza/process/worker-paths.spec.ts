import { describe, expect, it } from '@jest/globals';
import { withoutWorkerPaths } from './worker-paths.js';

describe('a traceback of Senza', () => {
  it('does not show where the worker is installed', () => {
    const output = [
      'Traceback (most recent call last):',
      '  File "/opt/lizzy/.venv/lib/python3.11/site-packages/senza/cli.py", line 42, in create',
      '    raise ValueError(x)',
      '  File "/tmp/lizzy-senza-1/definition.yaml", line 3',
      'ValueError: x',
    ].join('\n');
    expect(withoutWorkerPaths(output).split('\n')).toEqual([
      'Traceback (most recent call last):',
      '  File "senza/cli.py", line 42, in create',
      '    raise ValueError(x)',
      '  File "lizzy-senza-1/definition.yaml", line 3',
      'ValueError: x',
    ]);
  });

  it('is shortened; other output is unchanged', () => {
    expect(withoutWorkerPaths('Creating stack hello-v1.. OK\n/a/b')).toBe('Creating stack hello-v1.. OK\n/a/b');
  });
});
