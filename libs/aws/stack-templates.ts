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

/** What Lizzy reads in the template of a stack. */
export interface StackTemplate {
  readonly resourceCount: number;
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
    return { resourceCount: Object.keys(Resources).length, metadata: Metadata };
  } catch {
    return null;
  }
}
