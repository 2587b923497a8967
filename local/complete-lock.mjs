// `npm run lock`: completes package-lock.json with the packages of other platforms.
//
// A registry mirror may lack packages for platforms that it does not serve. `npm install` then leaves these optional
// packages out of the lock file, and `npm ci` refuses such a lock file everywhere. Their names contain the platform, their
// dependents the version, and the registry the hash, by which `npm ci` verifies what it downloads.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../package-lock.json', import.meta.url);
const SYSTEMS = ['darwin', 'win32', 'freebsd', 'android', 'openharmony', 'linux'];
const PROCESSORS = ['arm64', 'x64', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64', 'arm'];

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const { packages } = lock;
for (const [path, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const top = `node_modules/${name}`;
    if (packages[top] !== undefined || packages[`${path}/${top}`] !== undefined) continue;
    const words = name.split(/[/-]/);
    const os = SYSTEMS.filter((system) => words.includes(system));
    if (os.length === 0) throw new Error(`${name} (optional for ${path}) is in no registry and names no platform`);
    const cpu = PROCESSORS.filter((processor) => words.includes(processor));
    packages[top] = { version, cpu, ...(dev === true ? { dev } : {}), optional: true, os };
  }
}
const FOLDER = 'node_modules/';
for (const [path, { version, ...entry }] of Object.entries(packages)) {
  if (path === '' || entry.integrity !== undefined || entry.link === true) continue;
  const id = `${path.slice(path.lastIndexOf(FOLDER) + FOLDER.length)}@${version}`;
  const integrity = execFileSync('npm', ['view', id, 'dist.integrity'], { encoding: 'utf8' }).trim();
  if (!integrity.startsWith('sha512-')) throw new Error(`the registry has no hash of ${id}`);
  packages[path] = { version, integrity, ...entry };
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
