import { lizzyVersion } from './version.js';

/** Exit code of a wrong command line, `EX_USAGE` in BSD's sysexits.h. */
const EXIT_CODE_USAGE = 64;

/**
 * Handles the command line of a process that is configured by its environment only: prints the help or the version and
 * exits with 0, or exits with 64 when there are other arguments. Returns when there are none.
 * @param program its name and the text for `--help`
 */
export function handleCommandLine(args: readonly string[], program: { name: string; usage: string }): void {
  if (args.length === 0) return;
  if (args.length === 1 && args[0] === '--version') {
    process.stdout.write(`${program.name} ${lizzyVersion}\n`);
    process.exit(0);
  }
  if (args.length === 1 && args[0] === '--help') {
    process.stdout.write(`${program.usage}\n`);
    process.exit(0);
  }
  process.stderr.write(`Unknown arguments: ${args.join(' ')}\n${program.usage}\n`);
  process.exit(EXIT_CODE_USAGE);
}
