import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, Script } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { z } from 'zod';
import { inProject } from '../../local/services/index.js';

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

const ESCAPED_SPECIAL = /\\([()[\]{}^$|*+?./\\-])/g;

/** A text: its start, and a piece that is repeated up to a length in characters. */
interface HostileText {
  readonly start: string;
  readonly piece: string;
  readonly length: number;
}

/** Texts that begin to match again and again, or for long, and never do: pieces of what the pattern looks for, repeated. */
function hostileTexts(pattern: string): HostileText[] {
  const sample = pattern
    .replace(ESCAPED_SPECIAL, (_escaped, character: string) => String.fromCharCode(0xe000 + character.charCodeAt(0)))
    .replace(/\(\?(?:[:=!]|<[=!]|<\w+>)/g, '(')
    .replace(/\[\^?(?:\\.|[^\]\\])*\]/g, 'a')
    .replace(/\\[bB]|[()^$]|\{\d*,?\d*\}|[*+?]/g, '')
    .replace(/\\[wSDp](?:\{\w+\})?/g, 'a')
    .replace(/\\s/g, ' ')
    .replace(/\\d/g, '0')
    .replace(/\\n/g, '\n')
    .replace(/\\(.)/g, '$1')
    .replace(/[\ue000-\ue0ff]/g, (character) => String.fromCharCode(character.charCodeAt(0) - 0xe000));
  const pieces = sample.split('|').slice(0, 12);
  const prefixes = pieces.flatMap((piece) => [piece.slice(0, Math.ceil(piece.length / 2)), piece]);
  const common = ['a', 'a ', '0', ' ', '\n', '\t', '{{', '[', '-', '.', '\u001b[', '%', '=', ':', '"', "'", '\\', 'é'];
  const repeated = [...new Set([...common, ...prefixes])].filter((piece) => piece !== '');
  const starts = Array.from({ length: Math.min(sample.length, MAX_STARTS) }, (_, index) => sample.slice(0, index + 1));
  return [
    ...repeated.map((piece) => ({ start: '', piece, length: TEXT_LENGTH })),
    ...starts.flatMap((start) => [' ', 'a'].map((piece) => ({ start, piece, length: TEXT_LENGTH / 4 }))),
  ];
}

function written({ start, piece, length }: HostileText): string {
  return `${start}${piece.repeat(Math.ceil(length / piece.length))}\u0000`;
}
/** How many beginnings of a sample are continued without an end. */
const MAX_STARTS = 6;

/** The patterns of the Python programs that run beside Senza, as they are passed to the functions of `re`. */
const FIND_PYTHON_PATTERNS = `
import ast, json, pathlib, sys
for file in sorted(pathlib.Path("libs/senza/runtime").rglob("*.py")):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "re":
            print(json.dumps({"literal": ast.literal_eval(node.args[0]), "place": f"{file}:{node.lineno}"}))
`;
/** Prints the literals of the patterns that need more than a limit of processor time, in seconds, for a text. */
const FIND_SLOW_PATTERNS = `
import json, re, signal, sys
class Slow(Exception): pass
def stop(_signal, _frame): raise Slow()
signal.signal(signal.SIGVTALRM, stop)
wanted = json.load(sys.stdin)
for pattern in wanted["patterns"]:
    try:
        for text in pattern["texts"]:
            written = text["start"] + text["piece"] * (text["length"] // len(text["piece"])) + chr(0)
            signal.setitimer(signal.ITIMER_VIRTUAL, wanted["limit"])
            re.search(pattern["literal"], written)
    except Slow:
        print(json.dumps(pattern["literal"]))
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
`;

function python(program: string, input = ''): string[] {
  const options = { cwd: ROOT, input, encoding: 'utf8' } as const;
  const { error, status, stdout, stderr } = spawnSync(inProject('.venv', 'bin', 'python'), ['-c', program], options);
  if (error !== undefined || status !== 0)
    throw new Error(`Python ended with ${String(status)}: ${stderr}`, { cause: error });
  return stdout.split('\n').filter((line) => line !== '');
}

const pythonPatterns = python(FIND_PYTHON_PATTERNS).map((line) =>
  z.object({ literal: z.string(), place: z.string() }).parse(JSON.parse(line)),
);

describe('the regular expressions of apps and libs', () => {
  it('are found', () => {
    expect(patterns.length).toBeGreaterThan(50);
  });

  it('are literals: none is built from another text', () => {
    const made = files.filter((file) => /\bRegExp\(/.test(readFileSync(join(ROOT, file), 'utf8')));
    // Their texts are the configuration and the answer of Redis to INFO, and what they are made of is constant.
    expect(made.sort()).toEqual(['libs/config/allowed-users.ts', 'libs/redis/server-check.ts']);
  });

  it.each(patterns)('take linear time on a hostile text of 1 MiB: $literal ($place)', ({ literal, place }) => {
    const limit = BOUNDED[place.replace(/:\d+$/, '')];
    const pattern = literal.slice(1, literal.lastIndexOf('/'));
    const script = new Script(`text.search(${literal})`);
    const context = createContext({});
    for (const hostile of hostileTexts(pattern)) {
      context['text'] = written(hostile).slice(0, limit);
      const run = (): unknown => script.runInContext(context, { timeout: TIME_LIMIT_MS });
      expect(run).not.toThrow();
    }
  });

  it('take linear time in Python, too', () => {
    expect(pythonPatterns.length).toBeGreaterThan(10);
    const measured = pythonPatterns.map(({ literal }) => ({ literal, texts: hostileTexts(literal) }));
    const input = JSON.stringify({ limit: TIME_LIMIT_MS / 1000, patterns: measured });
    expect(python(FIND_SLOW_PATTERNS, input)).toEqual([]);
  });
});
