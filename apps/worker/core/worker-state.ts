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
  private isDraining = false;
  private healthProbe: HealthProbe = {
    credentialsRejected: () => Promise.resolve(false),
    awsUnavailable: () => undefined,
  };

  get draining(): boolean {
    return this.isDraining;
  }

  get probe(): HealthProbe {
    return this.healthProbe;
  }

  /** Sets the probe: the health check pauses what uses this object, and can only be made after it. */
  probeWith(probe: HealthProbe): void {
    this.healthProbe = probe;
  }

  /** The first hook that Nest calls when the process has to stop. */
  onModuleDestroy(): void {
    this.isDraining = true;
  }
}
