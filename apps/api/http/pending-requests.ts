import { type ServerResponse } from 'node:http';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';

/**
 * Knows the requests that wait for something. They end early when their client goes away, and when the process stops:
 * then they are answered with what stands.
 */
@Injectable()
export class PendingRequests implements BeforeApplicationShutdown {
  private readonly open = new Set<AbortController>();
  private isStopping = false;

  /** Whether the process is about to end: connections are not kept alive any more. */
  get stopping(): boolean {
    return this.isStopping;
  }

  /** A signal for one request that waits. */
  signalFor(response: ServerResponse): AbortSignal {
    const controller = new AbortController();
    this.open.add(controller);
    response.once('close', () => {
      this.open.delete(controller);
      controller.abort();
    });
    if (this.isStopping) controller.abort();
    return controller.signal;
  }

  beforeApplicationShutdown(): void {
    this.isStopping = true;
    for (const controller of this.open) controller.abort();
  }
}
