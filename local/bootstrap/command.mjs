import { spawn } from 'node:child_process';
import { inRoot } from './root.mjs';

const LINES_KEPT = 40;
// How npm and pip report that the network is unavailable.
const NO_NETWORK =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|NewConnectionError|NameResolutionError|Name or service not known|Temporary failure in name resolution|Failed to establish a new connection|Could not connect|ConnectTimeoutError/i;

/** Runs a command to its end, quietly. Gives `{ code, output, noNetwork }`; code 127 when there is no such command. */
export const run = (command, args, env = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: inRoot(),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (data) => {
      output = (output + data).split('\n').slice(-LINES_KEPT).join('\n');
    };
    let noNetwork = false;
    const read = (data) => {
      noNetwork ||= NO_NETWORK.test(String(data));
      keep(data);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', () => resolve({ code: 127, output, noNetwork }));
    child.on('close', (code) => resolve({ code: code ?? 1, output, noNetwork }));
  });
