import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/**
 * Which worker this process is, whether it is shutting down, and whether AWS rejects its credentials. A draining worker takes no more jobs
 * and starts no more steps.
 */
@Injectable()
export class WorkerState implements OnModuleDestroy {
  /** Identifies this process among all workers, also those that ran before it. */
  readonly id = randomUUID();
  private isDraining = false;
  private credentialsCheck: () => Promise<boolean> = () => Promise.resolve(false);

  get draining(): boolean {
    return this.isDraining;
  }

  /** Sets the check of {@link credentialsRejected}: it pauses what uses this object. */
  checkCredentialsWith(check: () => Promise<boolean>): void {
    this.credentialsCheck = check;
  }

  /** Whether AWS rejects the credentials of this worker. Checked now: it takes no more jobs in that case. */
  async credentialsRejected(): Promise<boolean> {
    return await this.credentialsCheck();
  }

  /** The first hook that Nest calls when the process has to stop. */
  onModuleDestroy(): void {
    this.isDraining = true;
  }
}
