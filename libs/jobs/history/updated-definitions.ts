import { type Redis } from '#redis';
import { type JobKeys } from '../redis/keys.js';

/** How long a digest is kept after an update, in seconds: two years. */
const RETENTION_SECONDS = 2 * 365 * 24 * 3600;

/**
 * The digests of the definitions to which stacks were updated. A stack is created with its digest as a tag. An update
 * keeps the tags: CloudFormation propagates a change of them to the resources, and some resources are replaced by that.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
 */
export class UpdatedDefinitions {
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /**
   * Records that CloudFormation has started to update a stack, or has rolled the update back.
   * @param stackId the ARN
   * @param digest of the definition that the stack gets; null: of the one that it was created with
   */
  async record(stackId: string, digest: string | null): Promise<void> {
    const key = this.keys.updatedDefinition(stackId);
    if (digest === null) await this.redis.del(key);
    else await this.redis.set(key, digest, 'EX', RETENTION_SECONDS);
  }

  /** The digest of the last update of a stack; null when this agent has not updated it. */
  async digestOf(stackId: string): Promise<string | null> {
    return await this.redis.get(this.keys.updatedDefinition(stackId));
  }
}
