import { SerializeAddon } from '@xterm/addon-serialize';
import xterm from '@xterm/headless';
import { spawn } from 'node:child_process';
import { on } from 'node:events';

const START_TIMEOUT_MS = 300_000;

/**
 * Runs a command of a shell in a terminal and keeps what the terminal shows.
 * @param {string} command
 * @param {{ columns: number, rows: number }} size
 */
export function startInTerminal(command, { columns, rows }) {
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const serializer = new SerializeAddon();
  screen.loadAddon(serializer);
  const shell = `stty cols ${columns} rows ${rows}; exec ${command}`;
  const child = spawn('script', ['--quiet', '--return', '--command', shell, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));

  return {
    /** Resolves when the command has printed this text. @throws Error when it ends before, or takes five minutes */
    async until(text) {
      let output = '';
      const signal = AbortSignal.timeout(START_TIMEOUT_MS);
      for await (const [data] of on(child.stdout, 'data', { signal, close: ['end'] })) {
        output += data;
        await new Promise((resolve) => screen.write(data, resolve));
        if (output.includes(text)) return;
      }
      throw new Error(`The command has ended without printing "${text}": ${output}`);
    },
    /** What was shown, also what has scrolled away. */
    html: () => serializer.serializeAsHTML(),
    /** Presses Ctrl-C. */
    async stop() {
      child.stdin.write('\u0003');
      child.stdout.resume();
      await ended;
    },
  };
}
