import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

const compiledCodeOf = (path) => `${path}.compiled`;

const compile = (path, { filename = path, cachedData } = {}) =>
  new Script(`(function (require, module, exports) {${readFileSync(path, 'utf8')}\n})`, {
    filename,
    cachedData,
  });

/**
 * Writes V8's compiled code of a CommonJS script beside it, of all its functions.
 * @param filename where it will run
 * @param options those of the Node that will run it
 */
export function writeCompiledCode(path, filename, options) {
  execFileSync(process.execPath, [...options, import.meta.filename, path, filename]);
}

/**
 * Runs a script with its compiled code. Another Node, which V8 has not compiled it for, compiles it itself.
 * @public The programs that `bundledPrograms` makes call it.
 */
export function runCompiled(path) {
  const module = { exports: {} };
  const run = compile(path, { cachedData: readFileSync(compiledCodeOf(path)) }).runInThisContext();
  run(createRequire(path), module, module.exports);
}

if (process.argv[1] === import.meta.filename) {
  const [, , path, filename] = process.argv;
  setFlagsFromString('--no-lazy');
  const script = compile(path, { filename });
  setFlagsFromString('--lazy');
  writeFileSync(compiledCodeOf(path), script.createCachedData());
}
