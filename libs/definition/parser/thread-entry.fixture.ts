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

const LIBRARIES = join(import.meta.dirname, '..', '..');
/** This library, and the one that it imports as a package. */
const COMPILED = ['definition', 'formats'];
const PACKAGE = { type: 'module', imports: { '#formats': './formats/index.js' } };
// Below node_modules, so that the compiled files find their packages.
const CACHE = join(LIBRARIES, '..', 'node_modules', '.cache', 'lizzy-definition');

/** The entry of threads under Jest: this library, compiled once for each state of its sources. */
export const threadEntry = pathToFileURL(join(compile(), 'definition', 'parser', 'parse-thread.js'));

function compile(): string {
  const files = COMPILED.flatMap((library) =>
    readdirSync(join(LIBRARIES, library), { recursive: true, encoding: 'utf8' }).map((file) => join(library, file)),
  )
    .filter((file) => file.endsWith('.ts') && !/\.(spec|fixture)\.ts$/.test(file))
    .sort();
  const sources = files.map((file) => readFileSync(join(LIBRARIES, file), 'utf8'));
  const target = join(
    CACHE,
    createHash('sha256')
      .update(JSON.stringify([PACKAGE, files, sources]))
      .digest('hex')
      .slice(0, 16),
  );
  if (existsSync(target)) return target;
  mkdirSync(CACHE, { recursive: true });
  const directory = mkdtempSync(join(CACHE, 'new-'));
  writeFileSync(join(directory, 'package.json'), JSON.stringify(PACKAGE));
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
