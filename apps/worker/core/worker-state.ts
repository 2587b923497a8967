import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Which worker this process is, and whether it is shutting down. A draining worker takes no more jobs and starts no more steps. */
@Injectable()
export class WorkerState implements OnModuleDestroy {
  /** Identifies this process among all workers, also those that ran before it. */
  readonly id = randomUUID();
  private isDraining = false;

  get draining(): boolean {
    return this.isDraining;
  }

  /** The first hook that Nest calls when the process has to stop. */
  onModuleDestroy(): void {
    this.isDraining = true;
  }
}
