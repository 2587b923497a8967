import { Socket } from 'node:net';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Aborted at the first Ctrl-C (or SIGTERM, or a closed terminal), and when the bootstrap that started this process has exited: it
 * holds the other end of the pipe that `LIZZY_BOOTSTRAP_FD` names.
 */
export function shutdownSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const fd = Number(process.env['LIZZY_BOOTSTRAP_FD'] ?? NaN);
  // A socket, not a file stream: a file stream's blocking read would keep the process from ending.
  if (Number.isInteger(fd)) new Socket({ fd }).on('close', stop).on('error', stop).resume().unref();
  return controller.signal;
}

/** Resolves when the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}
