import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { z } from 'zod';
import { inProject } from '../../local/services/index.js';
import { PYTHON } from './senza-runtime.js';

const DEFINITIONS = inProject('libs', 'definition', 'reference', 'definitions');
const resultSchema = z.object({ differences: z.array(z.string()), share_by_libyaml: z.number() });

describe('a definition that is rendered', () => {
  it('is written and read as by PyYAML, with its errors, and mostly by libyaml', async () => {
    const definitions = readdirSync(DEFINITIONS).map((name) => join(DEFINITIONS, name));
    const program = inProject('test', 'senza', 'compare_yaml.py');
    const runtime = inProject('libs', 'senza', 'runtime');
    const { stdout } = await execa(PYTHON, ['-I', program, runtime, ...definitions]);
    const { differences, share_by_libyaml: share } = resultSchema.parse(JSON.parse(stdout));
    expect(differences).toEqual([]);
    expect(share).toBeGreaterThan(0.5);
  });
});
