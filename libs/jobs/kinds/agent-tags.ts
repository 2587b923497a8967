/** What the agent's tags say of a job. */
interface AgentTagValues {
  readonly lizzyVersion: string;
  readonly jobId: string;
  /** Digest of the definition and its parameters, without secrets. */
  readonly definitionDigest: string;
}

/** The parts of a payload that become tags. */
interface TaggedPayload {
  readonly keep_stacks: number | null;
  readonly new_traffic: number | null;
}

/** The tags that the agent gives a stack, by their keys. */
export function agentTags(payload: TaggedPayload, values: AgentTagValues): ReadonlyMap<string, string> {
  const { keep_stacks: keepStacks, new_traffic: newTraffic } = payload;
  const tags = new Map([
    ['LizzyVersion', values.lizzyVersion],
    ['LizzyJobId', values.jobId],
    ['LizzyDefinition', values.definitionDigest],
  ]);
  if (keepStacks !== null) tags.set('LizzyKeepStacks', keepStacks.toString());
  if (newTraffic !== null) tags.set('LizzyTargetTraffic', newTraffic.toString());
  return tags;
}

/** How many tags the agent gives a stack. */
export function agentTagCount(payload: TaggedPayload): number {
  return agentTags(payload, { lizzyVersion: '', jobId: '', definitionDigest: '' }).size;
}
