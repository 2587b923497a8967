import { type Server } from 'node:http';

/** How long new connections can delay a turn at most, in milliseconds. */
const MAX_PAUSE_MS = 50;
/** The interval at which it checks for accepted connections, in milliseconds. A check in each iteration would double the cost of a connection. */
const CHECK_INTERVAL_MS = 2;

/**
 * Drains the system's queue of new connections before further work starts. Node accepts one connection in each iteration of the event
 * loop (libuv, `uv__server_io`). With some milliseconds of work in each iteration, a client would wait for seconds behind a few hundred
 * connections of others.
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
