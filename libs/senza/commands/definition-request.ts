import { type RunSettings } from '../runtime/run-settings.js';
import { type Files, type StackVersionReference } from '../senza-command.js';
import { literal } from '../argument-guard.js';
import { parameterFile } from './parameter-file.js';

// Their dots keep them from being taken for a stack's name.
const DEFINITION_FILE = 'definition.yaml';
const PARAMETER_FILE = 'parameters.yaml';

/** The request of a command that renders a definition. */
export interface DefinitionRequest extends StackVersionReference {
  /** The text of the definition. It must render to this stack: the runtime compares them. */
  readonly definition: string;
  /** Values by name; they reach Senza in a file that only the worker's user can read. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly dryRun?: boolean;
}

/** The definition and the parameters, as files of the command. */
export function definitionFiles({ definition, parameters }: DefinitionRequest): Files {
  return {
    [DEFINITION_FILE]: definition,
    ...(parameters.size > 0 ? { [PARAMETER_FILE]: parameterFile(parameters) } : {}),
  };
}

/** The arguments after the command's own options. */
export function definitionArguments({ parameters, stackVersion }: DefinitionRequest): string[] {
  return [
    ...(parameters.size > 0 ? [`--parameter-file=${PARAMETER_FILE}`] : []),
    '--',
    DEFINITION_FILE,
    literal('stackVersion', stackVersion),
  ];
}

/** What is expected of the stack besides its name and version. */
interface Expectations {
  readonly tags?: ReadonlyMap<string, string>;
  readonly hasWeightedDomain?: boolean;
  readonly deniedUpdates?: { readonly modify: readonly string[]; readonly delete: readonly string[] } | undefined;
  readonly definitionDigest?: string | undefined;
}

/** Makes the runtime compare the rendered stack with the request before it is created or changed. */
export function expectStack(
  { stackName, stackVersion }: DefinitionRequest,
  { tags = new Map(), hasWeightedDomain = false, deniedUpdates, definitionDigest }: Expectations,
): RunSettings {
  return {
    expected_stack: {
      name: stackName,
      version: stackVersion,
      tags: Object.fromEntries(tags),
      ...(hasWeightedDomain ? { has_weighted_domain: true } : {}),
      ...(deniedUpdates === undefined ? {} : { denied_updates: deniedUpdates }),
      ...(definitionDigest === undefined ? {} : { definition_digest: definitionDigest }),
    },
  };
}
