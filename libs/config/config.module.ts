import { type DynamicModule, Module } from '@nestjs/common';
import { ApiConfig } from './api.config.js';
import { SharedConfig } from './shared.config.js';
import { WorkerConfig } from './worker.config.js';

/**
 * Provides the configuration of the process to all modules. The class of the settings is the injection token:
 * `constructor(private readonly config: ApiConfig)`; what both processes use injects `SharedConfig`.
 */
@Module({})
export class ConfigModule {
  static forApi(config: ApiConfig): DynamicModule {
    return forProcess(ApiConfig, config);
  }

  static forWorker(config: WorkerConfig): DynamicModule {
    return forProcess(WorkerConfig, config);
  }
}

function forProcess(token: typeof ApiConfig | typeof WorkerConfig, config: SharedConfig): DynamicModule {
  const providers = [
    { provide: token, useValue: config },
    { provide: SharedConfig, useExisting: token },
  ];
  return { module: ConfigModule, global: true, providers, exports: [token, SharedConfig] };
}
