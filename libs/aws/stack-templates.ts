import { GetTemplateCommand, GetTemplateSummaryCommand } from '@aws-sdk/client-cloudformation';
import { z } from 'zod';
import { type AwsClient } from './aws-client.js';

/** Whether the stack's template has a parameter with NoEcho. */
export async function hasNoEchoParameter(
  access: AwsClient,
  region: string,
  nameOrId: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const command = new GetTemplateSummaryCommand({ StackName: nameOrId });
  const answer = await access.call({ operation: "reading the stack's parameters", signal }, (options) =>
    access.clients(region).cloudFormation.send(command, options),
  );
  return (answer.Parameters ?? []).some((parameter) => parameter.NoEcho === true);
}

const jsonTemplate = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(
    z.object({
      Resources: z.record(z.string(), z.unknown()),
      Metadata: z.record(z.string(), z.unknown()).default({}),
    }),
  );

const weightedRecord = z
  .object({
    Type: z.literal('AWS::Route53::RecordSet'),
    Properties: z.object({ SetIdentifier: z.string(), Weight: z.unknown() }),
  })
  .transform(({ Properties }) => Properties.SetIdentifier);

/** What Lizzy reads in the template of a stack. */
export interface StackTemplate {
  readonly resourceCount: number;
  /** The set identifiers of its weighted records that are not of one version, as far as they are written as texts. */
  readonly identifiers: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The stack's template; null when it is not JSON, which Senza writes. */
export async function stackTemplate(
  access: AwsClient,
  region: string,
  nameOrId: string,
  signal?: AbortSignal,
): Promise<StackTemplate | null> {
  const command = new GetTemplateCommand({ StackName: nameOrId });
  const answer = await access.call({ operation: "reading the stack's template", signal }, (options) =>
    access.clients(region).cloudFormation.send(command, options),
  );
  try {
    const { Resources, Metadata } = jsonTemplate.parse(answer.TemplateBody);
    const shared = Object.entries(Resources).filter(([logicalId]) => !logicalId.toLowerCase().includes('version'));
    const identifiers = shared.flatMap(([, resource]) => weightedRecord.safeParse(resource).data ?? []);
    return { resourceCount: Object.keys(Resources).length, identifiers, metadata: Metadata };
  } catch {
    return null;
  }
}
