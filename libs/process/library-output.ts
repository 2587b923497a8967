import { type Logger, redactCredentials } from '#telemetry';
import { Console } from 'node:console';
import { Writable } from 'node:stream';

/**
 * Logs what Node and libraries would print between the log lines: warnings (`process.emitWarning`), and what is written to the
 * console. ioredis, for instance, warns there that its user may not run `INFO`.
 */
export function logLibraryOutput(logger: Pick<Logger, 'warn'>): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    logger.warn('Process warning', { name, detail: redactCredentials(message) });
  });
  // One call of the console is one write.
  const stream = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      logger.warn('Console output', { detail: redactCredentials(text.trimEnd()) });
      done();
    },
  });
  globalThis.console = new Console({ stdout: stream, colorMode: false });
}
