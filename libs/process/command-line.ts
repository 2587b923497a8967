import { lizzyVersion } from '#config';

/** Exit code of a wrong command line, `EX_USAGE` in BSD's sysexits.h. */
const EXIT_CODE_USAGE = 64;

const DESCRIPTIONS = { api: 'Runs the API of Lizzy.', worker: 'Runs a worker of Lizzy.' } as const;

/**
 * Handles the command line of a process that is configured by its environment only: prints the help or the version and
 * exits with 0, or exits with 64 when there are other arguments. Returns when there are none.
 */
export function handleCommandLine(args: readonly string[], name: 'api' | 'worker'): void {
  if (args.length === 0) return;
  const usage =
    `Usage: node dist/apps/${name}/main.js [--help | --version]\n\n` +
    `${DESCRIPTIONS[name]} It is configured by environment variables: see docs/configuration.md.\n`;
  if (args.length === 1 && args[0] === '--version') {
    process.stdout.write(`lizzy-${name} ${lizzyVersion}\n`);
    process.exit(0);
  }
  if (args.length === 1 && args[0] === '--help') {
    process.stdout.write(usage);
    process.exit(0);
  }
  process.stderr.write(`Unknown arguments: ${args.join(' ')}\n${usage}`);
  process.exit(EXIT_CODE_USAGE);
}
