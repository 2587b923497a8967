import { build } from 'esbuild';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const root = join(import.meta.dirname, '..', '..');

/** Gives each module its own path: Lizzy finds its Python files, its threads and its watchdog beside its modules. */
const ownPaths = {
  name: 'own-paths',
  setup(bundler) {
    bundler.onLoad({ filter: /\.[cm]?js$/ }, ({ path }) => {
      const values = {
        'import.meta.url': pathToFileURL(path).href,
        'import.meta.dirname': dirname(path),
        __dirname: dirname(path),
        __filename: path,
      };
      const text = readFileSync(path, 'utf8');
      return {
        contents: text.replace(/\bimport\.meta\.(?:url|dirname)\b|\b__(?:dirname|filename)\b/g, (name) =>
          JSON.stringify(values[name]),
        ),
      };
    });
  },
};

const isCommonJs = (path) => {
  if (!path.endsWith('.js')) return path.endsWith('.cjs');
  for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, 'utf8')).type !== 'module';
  }
  return false;
};

/**
 * Leaves some packages to Node: those that are not installed, which Nest and others do without, and CommonJS that is imported when it is
 * needed, of which a bundle would have no named exports.
 */
const leftToNode = {
  name: 'left-to-node',
  setup(bundler) {
    bundler.onResolve({ filter: /^[^./#]/ }, async ({ path, kind, resolveDir, importer, pluginData }) => {
      if (pluginData === leftToNode || path.startsWith('node:')) return undefined;
      const found = await bundler.resolve(path, { kind, resolveDir, importer, pluginData: leftToNode });
      if (found.errors.length > 0) return { path, external: true };
      return kind === 'dynamic-import' && found.namespace === 'file' && isCommonJs(found.path)
        ? { path: found.path, external: true }
        : undefined;
    });
  },
};

/** Modules that share what they import, as Jest loads them. */
export const MODULES = {
  format: 'esm',
  splitting: true,
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
};
/** One script for each module, as strict as a module. */
export const SCRIPTS = {
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  banner: { js: "'use strict';" },
  // Compiled code of a script cannot import.
  supported: { 'dynamic-import': false },
};

/**
 * Bundles modules for this Node, as it would resolve them.
 * @param entryPoints the path of each module, by the path of its output without the extension
 * @param output `MODULES` or `SCRIPTS`
 * @param external packages that stay outside
 */
export const bundle = async (entryPoints, outdir, output, external = []) => {
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    ...output,
    platform: 'node',
    target: 'node20',
    // Node's own: without them esbuild would take files that are meant for bundlers.
    conditions: ['node-addons'],
    keepNames: true,
    plugins: [ownPaths, leftToNode],
    external,
    logLevel: 'error',
  });
};

/** Fills a directory by `make`, unless it exists. Removes the others beside it, which were made from other sources. */
export const makeOnce = async (target, make) => {
  if (existsSync(target)) return;
  const parent = dirname(target);
  mkdirSync(parent, { recursive: true });
  const old = readdirSync(parent).map((each) => join(parent, each));
  const directory = mkdtempSync(join(parent, 'new-'));
  await make(directory);
  try {
    renameSync(directory, target);
  } catch {
    // Another test run was faster.
    rmSync(directory, { recursive: true, force: true });
  }
  for (const path of old.filter((each) => each !== target)) rmSync(path, { recursive: true, force: true });
};
