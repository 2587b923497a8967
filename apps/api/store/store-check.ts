import { type ApiConfig, ConfigurationError } from '#config';
import { checkServer, type Redis } from '#redis';
import { Logger } from '#telemetry';
import { Inject, Injectable } from '@nestjs/common';
import { API_CONFIG } from '../process/tokens.js';

/** Sees to it that the store keeps what it is given. */
@Injectable()
export class StoreCheck {
  constructor(
    @Inject(API_CONFIG) private readonly config: ApiConfig,
    private readonly logger: Logger,
  ) {}

  /**
   * Asks a Redis that is there; one that is away when it comes.
   * @param unfit is told of one that came later and may drop jobs
   * @throws ConfigurationError when the one that is there may drop jobs
   */
  async atStart(redis: Redis, unfit: (error: ConfigurationError) => void): Promise<void> {
    if (redis.status !== 'ready') {
      this.checkLater(redis, unfit);
      return;
    }
    await this.check(redis).catch((error: unknown) => {
      if (error instanceof ConfigurationError) throw error;
      this.checkLater(redis, unfit); // Gone again before it could answer.
    });
  }

  private checkLater(redis: Redis, unfit: (error: ConfigurationError) => void): void {
    redis.once('ready', () => {
      this.atStart(redis, unfit).catch(unfit);
    });
  }

  private async check(redis: Redis): Promise<void> {
    const { eviction, warnings } = await checkServer(redis);
    for (const warning of warnings) this.logger.warn(warning);
    if (eviction === null) return;
    if (!this.config.allowEviction) throw ConfigurationError.unfitStore(eviction);
    this.logger.warn('Redis may drop jobs when its memory is full', { maxmemory_policy: eviction });
  }
}
