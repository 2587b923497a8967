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

  /** Records that the update of a stack has completed. @param stackId the ARN */
  async record(stackId: string, digest: string): Promise<void> {
    await this.redis.set(this.keys.updatedDefinition(stackId), digest, 'EX', RETENTION_SECONDS);
  }

  /** The digest of the last update of a stack; null when this agent has not updated it. */
  async digestOf(stackId: string): Promise<string | null> {
    return await this.redis.get(this.keys.updatedDefinition(stackId));
  }
}
