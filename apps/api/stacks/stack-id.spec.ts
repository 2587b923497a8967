import { describe, expect, it } from '@jest/globals';
import { splitStackId } from './stack-query.dto.js';

describe('the id of a stack', () => {
  it.each([
    ['demo-1', 'demo', '1'],
    ['my-fine-app-v42', 'my-fine-app', 'v42'],
  ])('%s is split at its last hyphen', (id, name, version) => {
    expect(splitStackId(id)).toEqual({ id, name, version });
  });

  it.each(['nodash', 'de.*-2', 'demo-', '-1', 'demo-1.0', '--help-1', '', 'demo-1\n', '-'])(
    '%p is the id of no stack',
    (id) => {
      expect(() => splitStackId(id)).toThrow(
        expect.objectContaining({ code: 'stack_not_found', detail: `Stack not found: ${id}` }),
      );
    },
  );
});
