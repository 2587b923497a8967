import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** How jobs tell the health check what they have met. */
export interface HealthProbe {
  /** Whether AWS rejects the credentials of this worker. Checked now: it takes no more jobs in that case. */
  readonly credentialsRejected: () => Promise<boolean>;
  /** A job could not reach AWS: it is checked whether the worker can, so that its status shows an outage at once. */
  readonly awsUnavailable: () => void;
}

/**
 * Which worker this process is, whether it is shutting down, and how its health is checked before the next regular check. A draining worker
 * takes no more jobs and starts no more steps.
 */
@Injectable()
export class WorkerState implements OnModuleDestroy {
  /** Identifies this process among all workers, also those that ran before it. */
  readonly id = randomUUID();
  /** Set by the health check, which can only be made after this object: it pauses what uses it. */
  health: HealthProbe = { credentialsRejected: () => Promise.resolve(false), awsUnavailable: () => undefined };
  private isDraining = false;

  get draining(): boolean {
    return this.isDraining;
  }

  /** The first hook that Nest calls when the process has to stop. */
  onModuleDestroy(): void {
    this.isDraining = true;
  }
}
