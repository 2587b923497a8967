import { GetTemplateCommand, GetTemplateSummaryCommand } from '@aws-sdk/client-cloudformation';
import { z } from 'zod';
import { type AwsClient } from './aws-client.js';
import { recordDomain } from './record-sets.js';

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

const recordProperties = z.object({ Name: z.unknown(), SetIdentifier: z.string(), Weight: z.unknown() });
const weightedRecord = z
  .object({ Type: z.literal('AWS::Route53::RecordSet'), Properties: recordProperties })
  .transform(({ Properties }) => ({ ...Properties, isGrouped: false }));
const weightedGroup = z
  .object({
    Type: z.literal('AWS::Route53::RecordSetGroup'),
    Properties: z.object({ RecordSets: z.array(z.unknown()) }),
  })
  .transform(({ Properties }) => Properties.RecordSets.flatMap((each) => recordProperties.safeParse(each).data ?? []))
  .transform((records) => records.map((each) => ({ ...each, isGrouped: true })));
const weightedRecords = z.union([weightedRecord.transform((record) => [record]), weightedGroup]);

/** What Lizzy reads in the template of a stack. */
export interface StackTemplate {
  readonly resourceCount: number;
  /** The set identifiers of its weighted records that are not of one version, as far as they are written as texts. */
  readonly identifiers: readonly string[];
  /** The names of those records that are in a `RecordSetGroup`, which is no resource of a domain's. */
  readonly groupedDomains: readonly string[];
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
    const records = shared.flatMap(([, resource]) => weightedRecords.safeParse(resource).data ?? []);
    const grouped = records.filter(({ isGrouped }) => isGrouped).map(({ Name }) => z.string().safeParse(Name).data);
    return {
      resourceCount: Object.keys(Resources).length,
      identifiers: records.map(({ SetIdentifier }) => SetIdentifier),
      groupedDomains: grouped.flatMap((name) => (name === undefined ? [] : recordDomain(name))),
      metadata: Metadata,
    };
  } catch {
    return null;
  }
}
