import { connect, type Socket } from 'node:net';
import { type TestApi } from './api-in-process.js';

/** Connects to an API, to send what `fetch` cannot send. Errors of the connection are seen as its end. */
export function openSocket(to: TestApi): Socket {
  return connect(to.port, '127.0.0.1').on('error', () => undefined);
}
