import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';

const IMPORT = /import (?<names>\{[^}]*\}) from '@aws-sdk\/[^']+'/g;
const LATE_IMPORT = /const (?<names>\{[^}]*\}) = await import\('@aws-sdk\/[^']+'\)/g;
const TYPE_IMPORT = /import type \{[^}]*\} from '@aws-sdk\/[^']+'/g;

describe('libs/aws', () => {
  let sources: string[];

  beforeAll(async () => {
    const directory = new URL('.', import.meta.url);
    const files = await readdir(directory, { recursive: true });
    const own = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
    sources = await Promise.all(own.map((file) => readFile(new URL(file, directory), 'utf8')));
  });

  it('has no call that could change anything: it imports clients, types and read commands only', () => {
    const names = sources
      .flatMap((source) => [...source.matchAll(IMPORT), ...source.matchAll(LATE_IMPORT)])
      .flatMap((match) => (match.groups?.['names'] ?? '').slice(1, -1).split(','))
      .map((name) => name.trim())
      .filter((name) => name !== '');
    expect(names.length).toBeGreaterThan(10);
    const harmless =
      /^((Describe|List|Get)\w+Command|paginate(Describe|List)\w+|(AutoScaling|CloudFormation|EC2|Route53)Client|type \w+)$/;
    expect(names.filter((name) => !harmless.test(name))).toEqual([]);
  });

  it('uses the SDK in no other place', () => {
    for (const source of sources) {
      const known = [IMPORT, LATE_IMPORT, TYPE_IMPORT].flatMap((form) => source.match(form) ?? []);
      expect(source.match(/@aws-sdk\//g) ?? []).toHaveLength(known.length);
    }
  });
});
