import { type DynamicModule, Module } from '@nestjs/common';
import { CoreModule, type CoreOptions } from './core/core.module.js';
import { EngineModule } from './engine.module.js';
import { LifecycleModule } from './lifecycle.module.js';
import { StackQueriesModule } from './stack-queries/stack-queries.module.js';

/** The worker process: runs jobs and executes the API's queries about stacks. It serves no public HTTP. */
@Module({})
export class WorkerModule {
  static forRoot(options: CoreOptions): DynamicModule {
    return {
      module: WorkerModule,
      imports: [CoreModule.forRoot(options), EngineModule, StackQueriesModule, LifecycleModule],
    };
  }
}
