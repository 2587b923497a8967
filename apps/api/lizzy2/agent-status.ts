import { type ApiConfig, lizzyVersion } from '#config';
import { StoreAge } from '#jobs';
import { Inject, Injectable } from '@nestjs/common';
import { API_CONFIG } from '../process/tokens.js';
import { LivingWorkers } from '../workers/living-workers.js';
import { type AgentStatusView } from './agent.schema.js';

/** How the agent is. */
@Injectable()
export class AgentStatus {
  constructor(
    private readonly workers: LivingWorkers,
    private readonly age: StoreAge,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  /** Whether a worker lives, and the Senza of each answers. No when Redis cannot be asked. */
  async isWell(): Promise<boolean> {
    return await this.workers.allWell().catch(() => false);
  }

  /** What `GET /api/status` tells. */
  async status(): Promise<AgentStatusView> {
    const status = (await this.isWell()) ? 'OK' : 'NOK';
    return {
      version: lizzyVersion,
      senza_version: this.workers.senzaVersion,
      status,
      store_since: await this.age.since().catch(() => null),
      config: settings(this.config),
    };
  }
}

/** The settings by Lizzy 2's names. Addresses are shown without what may be secret in them. */
function settings(config: ApiConfig): AgentStatusView['config'] {
  const { allowedUsers } = config;
  return {
    allowed_users: allowedUsers.names === null ? null : [...allowedUsers.names],
    allowed_user_pattern: allowedUsers.names === null ? allowedUsers.description : null,
    deployer_scope: config.deployerScope,
    log_format: config.log.format,
    log_level: config.log.level.toUpperCase(),
    region: config.region,
    token_info_url: withoutSecrets(config.tokeninfoUrl),
    token_url: config.tokenUrl === null ? null : withoutSecrets(config.tokenUrl),
    sync_wait_seconds: config.syncWaitSeconds,
  };
}

function withoutSecrets(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}
