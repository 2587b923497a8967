import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '..', '..');
const TEXT_LENGTH = 1024 * 1024;
/** A pattern that is linear takes milliseconds; one that is quadratic takes hours. A busy machine is in between. */
const TIME_LIMIT_MS = 10_000;

interface Pattern {
  readonly literal: string;
  readonly place: string;
}

function patternsIn(file: string): Pattern[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const patterns: Pattern[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
      patterns.push({ literal: node.text, place: `${file}:${line}` });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return patterns;
}

const files = ['apps', 'libs'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.(spec|fixture)\.tsx?$/.test(file) && !file.includes('node_modules'))
    .map((file) => join(folder, file)),
);
/** Files whose patterns match texts of limited length, by that length in characters. */
const BOUNDED: Readonly<Record<string, number>> = { 'apps/api/http/prefer.decorator.ts': 1024 };
const patterns = files.flatMap(patternsIn);

/** Texts that begin to match again and again and never do: pieces of what the pattern looks for, repeated. */
function hostileTexts(literal: string): string[] {
  const body = literal.slice(1, literal.lastIndexOf('/'));
  const sample = body
    .replace(/\(\?(?:[:=!]|<[=!]|<\w+>)/g, '(')
    .replace(/\[\^?(?:\\.|[^\]\\])*\]/g, 'a')
    .replace(/\\[bB]|[()^$]|\{\d*,?\d*\}|[*+?]/g, '')
    .replace(/\\[wSDp](?:\{\w+\})?/g, 'a')
    .replace(/\\s/g, ' ')
    .replace(/\\d/g, '0')
    .replace(/\\n/g, '\n')
    .replace(/\\(.)/g, '$1');
  const pieces = sample.split('|').slice(0, 12);
  const prefixes = pieces.flatMap((piece) => [piece.slice(0, Math.ceil(piece.length / 2)), piece]);
  const common = ['a', 'a ', '0', ' ', '\n', '\t', '{{', '[', '-', '.', '\u001b[', '%', '=', ':', '"', "'", '\\', 'é'];
  const repeated = [...new Set([...common, ...prefixes])].filter((piece) => piece !== '');
  return repeated.map((piece) => `${piece.repeat(Math.ceil(TEXT_LENGTH / piece.length))}\u0000`);
}

describe('the regular expressions of apps and libs', () => {
  it('are found', () => {
    expect(patterns.length).toBeGreaterThan(50);
  });

  it('are written out: none is made of a foreign text', () => {
    const made = files.filter((file) => /\bRegExp\(/.test(readFileSync(join(ROOT, file), 'utf8')));
    // Their texts are the configuration and the answer of Redis to INFO, and what they are made of is constant.
    expect(made.sort()).toEqual(['libs/config/allowed-users.ts', 'libs/redis/server-check.ts']);
  });

  it.each(patterns)('take linear time on a hostile text of 1 MiB: $literal ($place)', ({ literal, place }) => {
    const limit = BOUNDED[place.replace(/:\d+$/, '')];
    for (const text of hostileTexts(literal).map((hostile) => hostile.slice(0, limit))) {
      const run = (): unknown => runInNewContext(`text.search(${literal})`, { text }, { timeout: TIME_LIMIT_MS });
      expect(run).not.toThrow();
    }
  });
});
