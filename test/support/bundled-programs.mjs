import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, makeOnce, root, SCRIPTS } from './bundle.mjs';
import { writeCompiledCode } from './compiled-code.mjs';

const dist = join(root, 'dist');
const CACHE = join(root, '.local', 'programs');
const PROGRAMS = ['api', 'worker'];
/** What the bundle is made from, besides the packages of the lock file; Node's options are in `package.json`. */
const SOURCES = [
  'dist/apps',
  'dist/libs',
  'package.json',
  'package-lock.json',
  'test/support/bundle.mjs',
  'test/support/bundled-programs.mjs',
  'test/support/compiled-code.mjs',
];

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

/** Node's options for a program: V8 takes compiled code only with the options that it was compiled with. */
const optionsOf = (app) => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return scripts[`start:${app}`].split(' ').filter((word) => word.startsWith('--'));
};

/** Makes a program in a directory: its script, the compiled code of it, and `main.js`, which runs it. */
const makeProgram = async (app, outdir, target) => {
  const path = join(target, 'apps', app, 'program.cjs');
  await bundle({ program: join(dist, 'apps', app, 'main.js') }, join(outdir, 'apps', app), SCRIPTS);
  writeCompiledCode(join(outdir, 'apps', app, 'program.cjs'), path, optionsOf(app));
  writeFileSync(
    join(outdir, 'apps', app, 'main.js'),
    `import { runCompiled } from ${JSON.stringify(join(root, 'test', 'support', 'compiled-code.mjs'))};
runCompiled(${JSON.stringify(path)});
`,
  );
};

/**
 * Makes one script of each program in dist/ with most of its packages, and compiles it: it starts in less than a third of the processor
 * time, of which loading a thousand modules takes most. Tests start hundreds of processes. `local/services` starts them; `npm run local`, the
 * images, and the tests of arguments and of a stop while modules load run dist/ itself.
 * @returns the directory of the programs; undefined when dist/ has not been built
 */
export async function bundledPrograms() {
  if (!PROGRAMS.every((app) => existsSync(join(dist, 'apps', app, 'main.js')))) return undefined;
  const target = join(CACHE, hashOf(SOURCES));
  await makeOnce(target, async (outdir) => {
    await Promise.all(PROGRAMS.map((app) => makeProgram(app, outdir, target)));
  });
  return target;
}
