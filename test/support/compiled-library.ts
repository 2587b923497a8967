import { transformSync } from '@swc/core';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { inProject } from '../../local/services/project.js';

/** The libraries that the others use. */
const SHARED = ['aws-errors', 'fairness', 'formats'];
// Below node_modules, so that the compiled files find their packages.
const CACHE = inProject('node_modules', '.cache', 'lizzy-libraries');

/**
 * Compiles a library for processes and threads of tests, which load no TypeScript: once for each state of its sources, faster
 * than a build, and the same code.
 * @returns the directory of its compiled files
 */
export function compiledLibrary(library: 'definition' | 'senza'): string {
  const sources = [library, ...SHARED].flatMap(sourcesOf);
  const target = join(CACHE, createHash('sha256').update(JSON.stringify(sources)).digest('hex').slice(0, 16));
  if (!existsSync(target)) compile(sources, target);
  return join(target, library);
}

/** A source file: its path below `libs`, and its text. */
type Source = readonly [file: string, text: string];

function sourcesOf(library: string): Source[] {
  const folder = inProject('libs', library);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.(spec|fixture)\.ts$/.test(file))
    .sort()
    .map((file) => [join(library, file), readFileSync(join(folder, file), 'utf8')]);
}

function compile(sources: readonly Source[], target: string): void {
  mkdirSync(CACHE, { recursive: true });
  const directory = mkdtempSync(join(CACHE, 'new-'));
  const imports = Object.fromEntries(SHARED.map((shared) => [`#${shared}`, `./${shared}/index.js`]));
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module', imports }));
  for (const [file, text] of sources) {
    const { code } = transformSync(text, {
      swcrc: false,
      module: { type: 'es6' },
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    });
    const compiled = join(directory, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(compiled), { recursive: true });
    writeFileSync(compiled, code);
  }
  try {
    renameSync(directory, target);
  } catch {
    // Another test process was faster.
    rmSync(directory, { recursive: true, force: true });
  }
}
