import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..', '..');
const dist = join(root, 'dist');
const CACHE = join(root, '.local', 'programs');
const PROGRAMS = ['apps/api/main', 'apps/worker/main'];
/** What the bundle is made from, besides the packages of the lock file. */
const SOURCES = ['dist/apps', 'dist/libs', 'package-lock.json', 'test/support/bundled-programs.mjs'];

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
        ? { path: pathToFileURL(found.path).href, external: true }
        : undefined;
    });
  },
};

const bundle = async (outdir) => {
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(PROGRAMS.map((name) => [name, join(dist, `${name}.js`)])),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Node's own: without them esbuild would take files that are meant for bundlers.
    conditions: ['node-addons'],
    keepNames: true,
    plugins: [ownPaths, leftToNode],
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
    logLevel: 'error',
  });
};

const hashOf = (paths) => {
  const hash = createHash('sha256');
  for (const path of paths) {
    const names = path.startsWith('dist/') ? readdirSync(join(root, path), { recursive: true }) : [''];
    for (const name of names.filter((each) => each === '' || each.endsWith('.js')).sort()) {
      hash.update(`${path}/${name}\0`).update(readFileSync(join(root, path, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
};

/**
 * Makes one file of each program in dist/ with most of its packages: it starts in a third of the processor time, of which loading a
 * thousand modules takes most. Tests start hundreds of processes. `local/services` starts them; the tests of starting and
 * stopping, the local stack and the images run dist/ itself.
 * @returns the directory of the programs; undefined when dist/ has not been built
 */
export async function bundledPrograms() {
  if (!PROGRAMS.every((name) => existsSync(join(dist, `${name}.js`)))) return undefined;
  const target = join(CACHE, hashOf(SOURCES));
  if (existsSync(target)) return target;
  mkdirSync(CACHE, { recursive: true });
  const old = readdirSync(CACHE).map((name) => join(CACHE, name));
  const directory = mkdtempSync(join(CACHE, 'new-'));
  await bundle(directory);
  try {
    renameSync(directory, target);
  } catch {
    // Another test run was faster.
    rmSync(directory, { recursive: true, force: true });
  }
  for (const path of old.filter((each) => each !== target)) rmSync(path, { recursive: true, force: true });
  return target;
}
