import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, makeOnce, MODULES, root } from './bundle.mjs';

/** Packages of many modules, and all that import the same packages as they do: each must exist only once. */
const PACKAGES = [
  '@aws-sdk/client-auto-scaling',
  '@aws-sdk/client-cloudformation',
  '@aws-sdk/client-ec2',
  '@aws-sdk/client-route-53',
  '@fastify/accepts',
  '@fastify/helmet',
  '@fastify/rate-limit',
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/passport',
  '@nestjs/platform-fastify',
  '@nestjs/swagger',
  'bullmq',
  'execa',
  'fastify',
  'ioredis',
  'passport',
  'passport-http-bearer',
  'prom-client',
  'rxjs',
  'winston',
  'zod',
];
/** A bundle would execute it after the decorators of Nest, which need it. */
const EXTERNAL = ['reflect-metadata'];
/** What the bundle is made from. */
const SOURCES = ['package-lock.json', 'test/support/bundle.mjs', 'test/support/bundled-packages.mjs'];

const hash = createHash('sha256');
for (const path of SOURCES) hash.update(readFileSync(join(root, path)));
const directory = join(root, '.local', 'packages', hash.digest('hex').slice(0, 16));

const fileOf = (name) => name.replace('/', '+');

/** A module that exports what a package exports: a bundle by itself would have no named exports of CommonJS. */
const exportsOf = async (name) => {
  const names = Object.keys(await import(name)).filter((each) => /^[A-Za-z_$][\w$]*$/.test(each));
  return `export { ${names.join(', ')} } from '${name}';\n`;
};

/** For Jest's `moduleNameMapper`: the files that `bundlePackages` makes. */
export const bundledPackages = Object.fromEntries(
  PACKAGES.map((name) => [`^${name}$`, join(directory, `${fileOf(name)}.js`)]),
);

/**
 * Makes a few files of the packages that Lizzy's modules import most. Jest loads all modules anew for each test file, and finding, reading
 * and linking a thousand of them takes more processor time than most tests.
 */
export async function bundlePackages() {
  await makeOnce(directory, async (outdir) => {
    const entries = join(outdir, 'entries');
    mkdirSync(entries);
    const entryPoints = {};
    for (const name of PACKAGES) {
      entryPoints[fileOf(name)] = join(entries, `${fileOf(name)}.mjs`);
      writeFileSync(entryPoints[fileOf(name)], await exportsOf(name));
    }
    await bundle(entryPoints, outdir, MODULES, EXTERNAL);
  });
}
