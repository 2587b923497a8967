import { parseArgs } from 'node:util';

/** Options of `npm run local`. */
export interface LocalOptions {
  /** Exit after the deployments, with their exit code. */
  readonly once: boolean;
  /** The port of the API; null: 8080, or a free port when 8080 is taken. */
  readonly port: number | null;
}

/** Exit code of a wrong command line, EX_USAGE in BSD's sysexits.h. */
export const EXIT_USAGE = 64;

export const USAGE = `Usage: npm run local -- [--once] [--port PORT] [--help]

Starts Valkey, an AWS emulator, an OAuth2 server, the API and a worker, and deploys the examples.

  --once        exit after the deployments: 0 when they succeeded
  --port PORT   port of the API (also: the environment variable PORT); default 8080, or a free port when it is taken
  --help        show this text

All state is in memory: jobs and stacks are lost when the local stack stops.`;

/**
 * Reads the command line and `PORT`.
 * @returns the options, or `help` for the usage
 * @throws TypeError with a sentence for the user
 */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): LocalOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: { once: { type: 'boolean' }, port: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) return 'help';
  const given = values.port ?? (env['PORT'] === '' ? undefined : env['PORT']);
  return { once: values.once === true, port: given === undefined ? null : readPort(given) };
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^[0-9]{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new TypeError(`The port must be a number from 1 to 65535, not "${text}".`);
  }
  return port;
}
