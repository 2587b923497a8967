import { GetStackPolicyCommand } from '@aws-sdk/client-cloudformation';
import { z } from 'zod';
import { type AwsClient } from './aws-client.js';
import { AwsError } from './errors.js';
import { stackResources, type StackResource } from './stacks.js';

const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const statementSchema = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore.optional(),
  NotAction: oneOrMore.optional(),
  Resource: oneOrMore.optional(),
  NotResource: oneOrMore.optional(),
  // Strict: a condition that is not known here must not count as one that is always true.
  Condition: z
    .strictObject({
      StringEquals: z.strictObject({ ResourceType: oneOrMore }).optional(),
      StringLike: z.strictObject({ ResourceType: oneOrMore }).optional(),
    })
    .optional(),
});
const policySchema = z.object({
  Statement: z.union([statementSchema, z.array(statementSchema)]).transform((value) => [value].flat()),
});
type Statement = z.infer<typeof statementSchema>;

/** The updates of a resource that a policy can deny and that are known before the update. */
type Action = 'Update:Modify' | 'Update:Delete';
const MODIFY = 'Update:Modify';

/** The resources of a stack, by their logical IDs, that its policy protects. */
export interface DeniedUpdates {
  readonly modify: readonly string[];
  readonly delete: readonly string[];
}

/**
 * The first of a stack's resources that its stack policy protects from a modification: with a policy, what no statement
 * allows is denied, and a Deny wins over an Allow ("Prevent updates to stack resources" in CloudFormation's user guide).
 * Null when it protects none of them, and when the policy cannot be read: then CloudFormation decides.
 * @param isChanged which resources an update would modify
 */
export async function protectedResource(
  access: AwsClient,
  region: string,
  stack: string,
  isChanged: (resource: StackResource) => boolean,
  signal?: AbortSignal,
): Promise<StackResource | null> {
  const policy = await stackPolicy(access, region, stack, signal);
  if (policy === null) return null;
  const resources = await stackResources(access, region, stack, signal);
  return resources.filter(isChanged).find((resource) => isProtected(policy, resource)) ?? null;
}

/** What the policy of a stack denies; nothing when it has none, and when it cannot be read: then CloudFormation decides. */
export async function deniedUpdates(
  access: AwsClient,
  region: string,
  stack: string,
  signal?: AbortSignal,
): Promise<DeniedUpdates> {
  const policy = await stackPolicy(access, region, stack, signal);
  if (policy === null) return { modify: [], delete: [] };
  const resources = await stackResources(access, region, stack, signal);
  const denied = (action: Action): string[] =>
    resources.filter((resource) => isProtected(policy, resource, action)).map(({ logicalId }) => logicalId);
  return { modify: denied(MODIFY), delete: denied('Update:Delete') };
}

async function stackPolicy(
  access: AwsClient,
  region: string,
  stack: string,
  signal?: AbortSignal,
): Promise<readonly Statement[] | null> {
  const command = new GetStackPolicyCommand({ StackName: stack });
  try {
    const answer = await access.call({ operation: 'reading the stack policy', signal }, (options) =>
      access.clients(region).cloudFormation.send(command, options),
    );
    return parsePolicy(answer.StackPolicyBody ?? '');
  } catch (error) {
    // A role from before Lizzy asked for policies may not read them; a stack can have been deleted.
    if (error instanceof AwsError && (error.code === 'refused' || error.code === 'invalid')) return null;
    throw error;
  }
}

/** The statements of a policy; null when there is none, or one of a form that is not known here. */
export function parsePolicy(body: string): readonly Statement[] | null {
  if (body === '') return null;
  try {
    return policySchema.safeParse(JSON.parse(body)).data?.Statement ?? null;
  } catch {
    return null;
  }
}

/** Whether the policy denies that the resource is modified, or deleted by an update. */
export function isProtected(policy: readonly Statement[], resource: StackResource, action: Action = MODIFY): boolean {
  const effects = policy.filter((statement) => applies(statement, resource, action)).map(({ Effect }) => Effect);
  return effects.includes('Deny') || !effects.includes('Allow');
}

function applies(statement: Statement, { logicalId, type }: StackResource, action: Action): boolean {
  const { Action, NotAction, Resource, NotResource, Condition } = statement;
  const name = `LogicalResourceId/${logicalId}`;
  return (
    (Action === undefined || matchesAny(Action, action)) &&
    (NotAction === undefined || !matchesAny(NotAction, action)) &&
    (Resource === undefined || matchesAny(Resource, name)) &&
    (NotResource === undefined || !matchesAny(NotResource, name)) &&
    (Condition?.StringEquals === undefined || Condition.StringEquals.ResourceType.includes(type)) &&
    (Condition?.StringLike === undefined || matchesAny(Condition.StringLike.ResourceType, type))
  );
}

function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matches(pattern, text));
}

/** `*` stands for any characters. Without regular expressions: patterns come from the account. */
function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let position = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return position <= text.length - last.length;
}
