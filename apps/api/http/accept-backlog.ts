import { type Server } from 'node:http';

/** How long new connections can delay a turn at most, in milliseconds. */
const MAX_PAUSE_MS = 50;
/** Between two looks whether connections are still accepted, in milliseconds: one in each iteration would double what a connection costs. */
const CHECK_INTERVAL_MS = 2;

/**
 * Lets the connections in that wait in the system's queue. Node accepts one of them in each iteration of the event loop (libuv,
 * `uv__server_io`): with some milliseconds of work in each, a client would wait for seconds behind some hundred connections of others.
 */
export class AcceptBacklog {
  private accepted = 0;

  /** Counts the connections of a server. */
  watch(server: Server): void {
    server.on('connection', () => {
      this.accepted += 1;
    });
  }

  /** Calls `next` after an iteration of the event loop in which no connection was accepted. */
  readonly whenEmpty = (next: () => void): void => {
    const deadline = performance.now() + MAX_PAUSE_MS;
    const check = (before: number): void => {
      if (this.accepted === before || performance.now() > deadline) next();
      else setTimeout(wait, CHECK_INTERVAL_MS);
    };
    // From within `setImmediate`, the next one follows after a whole iteration.
    const wait = (): void => {
      setImmediate(check, this.accepted);
    };
    setImmediate(wait);
  };
}
