import { type DefinitionErrorCode } from '../errors/definition-error.js';

/** A definition, what the agent says of it, and what it is deployed with. The real Senza must agree. */
export interface DefinitionCase {
  readonly title: string;
  readonly text: string;
  readonly expected: 'accepted' | DefinitionErrorCode;
  /** JSON pointer of what is wrong. */
  readonly pointer?: string;
  readonly parameters?: readonly string[];
}

const QUEUE = '  Queue: {Type: AWS::SQS::Queue}\n';
export const RESOURCES = `Resources:\n${QUEUE}`;
export const info = (rest = ''): string => `SenzaInfo:\n  StackName: demo\n${rest}`;
export const withInfo = (rest: string): string => info(rest) + RESOURCES;
export const withRoot = (rest: string): string => info() + RESOURCES + rest;
export const CONFIGURATION = '- Config: {Type: Senza::Configuration}\n';
export const STUPS = '- Config: {Type: Senza::StupsAutoConfiguration}\n';
export const components = (...list: readonly string[]): string => `${info()}SenzaComponents:\n${list.join('')}`;
export const withQueue = (definition: string): string => definition + RESOURCES;
export const PARAMETER = '  Parameters:\n  - X: {Description: x}\n';
export const withParameter = (rest: string): string => info(PARAMETER) + RESOURCES + rest;
export const SERVER =
  '- Server: {Type: Senza::TaupageAutoScalingGroup, InstanceType: t2.micro, TaupageConfig: {runtime: Docker, source: a/b:1';

export function accepted(title: string, text: string, parameters: readonly string[] = []): DefinitionCase {
  return { title, text, expected: 'accepted', parameters };
}
export function refused(
  expected: DefinitionErrorCode,
  title: string,
  text: string,
  pointer: string,
  parameters: readonly string[] = [],
): DefinitionCase {
  return { title, text, expected, pointer, parameters };
}

export const DATE = 'Version: 2012-10-17';
export const POLICY_OF = (version: string): string =>
  `  Policy: {Type: "AWS::SQS::QueuePolicy", Properties: {Queues: [], PolicyDocument: {${version}, Statement: []}}}\n`;
