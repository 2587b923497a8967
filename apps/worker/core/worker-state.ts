import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Whether this worker is shutting down. A draining worker takes no more jobs and starts no more steps. */
@Injectable()
export class WorkerState implements OnModuleDestroy {
  private isDraining = false;

  get draining(): boolean {
    return this.isDraining;
  }

  /** The first hook that Nest calls when the process has to stop. */
  onModuleDestroy(): void {
    this.isDraining = true;
  }
}
