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
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';

const LIBRARY = join(import.meta.dirname, '..');
/** The library that this one uses, and where its compiled files are. */
const FORMATS = { source: join(LIBRARY, '..', 'formats'), compiled: 'formats' };
// Below node_modules, so that the compiled files find their packages.
const CACHE = join(LIBRARY, '..', '..', 'node_modules', '.cache', 'lizzy-definition');

/** The entry of threads under Jest: this library, compiled once for each state of its sources. */
export const threadEntry = pathToFileURL(join(compile(), 'parser', 'parse-thread.js'));

function compile(): string {
  const formats = sourcesOf(FORMATS.source).map((file) => join(FORMATS.compiled, file));
  const files = [...sourcesOf(LIBRARY), ...formats];
  const sources = [
    ...sourcesOf(LIBRARY).map((file) => readFileSync(join(LIBRARY, file), 'utf8')),
    ...sourcesOf(FORMATS.source).map((file) => readFileSync(join(FORMATS.source, file), 'utf8')),
  ];
  const target = join(
    CACHE,
    createHash('sha256')
      .update(JSON.stringify([files, sources]))
      .digest('hex')
      .slice(0, 16),
  );
  if (existsSync(target)) return target;
  mkdirSync(CACHE, { recursive: true });
  const directory = mkdtempSync(join(CACHE, 'new-'));
  const imports = { '#formats': `./${FORMATS.compiled}/index.js` };
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module', imports }));
  for (const [index, source] of sources.entries()) {
    const { code } = transformSync(source, {
      swcrc: false,
      module: { type: 'es6' },
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    });
    const file = join(directory, (files[index] ?? '').replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code);
  }
  try {
    renameSync(directory, target);
  } catch {
    // Another test process was faster.
    rmSync(directory, { recursive: true, force: true });
  }
  return target;
}

function sourcesOf(library: string): string[] {
  return readdirSync(library, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.(spec|fixture)\.ts$/.test(file))
    .sort();
}
