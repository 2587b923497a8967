import { literal, numberUpTo100 } from './literal.js';
import {
  type ApplicationReference,
  type CreateRequest,
  type DeleteRequest,
  type PatchRequest,
  type ScaleRequest,
  type StackVersionReference,
  type SwitchTrafficRequest,
} from './requests.js';

/** Names of the files in a command's own directory. Their dots keep them from being taken for a stack's name. */
export const DEFINITION_FILE = 'definition.yaml';
/** See {@link DEFINITION_FILE}. */
export const PARAMETER_FILE = 'parameters.yaml';

/** `senza --version`. */
export function versionArguments(): string[] {
  return ['--version'];
}

/** A command that Senza refuses before it does anything, saying which regions there are (`validate_region`, arguments.py). */
export function regionsArguments(): string[] {
  return ['list', '--region=no-region-0'];
}

/** `senza create`, with `--force` as Lizzy 2 had it: checks that Senza can skip are skipped. */
export function createArguments(request: CreateRequest): string[] {
  return [
    'create',
    ...common(request),
    '--force',
    ...(request.disableRollback === true ? ['--disable-rollback'] : []),
    ...(request.dryRun === true ? ['--dry-run'] : []),
    ...[...request.tags].map(([key, value]) => `--tag=${literal('tagKey', key)}=${value}`),
    ...(request.parameters.size > 0 ? [`--parameter-file=${PARAMETER_FILE}`] : []),
    '--',
    DEFINITION_FILE,
    literal('stackVersion', request.stackVersion),
  ];
}

/** `senza delete` of one stack version. */
export function deleteArguments(request: DeleteRequest): string[] {
  const options = [...(request.dryRun === true ? ['--dry-run'] : []), ...(request.force === true ? ['--force'] : [])];
  return ['delete', ...common(request), ...options, '--', ...stackVersion(request)];
}

/** `senza traffic NAME`: the weights of all versions. */
export function trafficArguments(request: ApplicationReference): string[] {
  return ['traffic', ...common(request), '--output=json', '--', literal('stackName', request.stackName)];
}

/**
 * `senza traffic NAME VERSION PERCENTAGE`. Without `--timeout`, on purpose: with it Senza waits until no version at all
 * is in progress, one that is being created included, blocking a slot meanwhile; without it Senza does not look.
 * The caller waits for the versions whose weight changes.
 */
export function switchTrafficArguments(request: SwitchTrafficRequest): string[] {
  const percentage = numberUpTo100('percentage', request.percentage);
  return ['traffic', ...common(request), '--output=json', '--', ...stackVersion(request), percentage];
}

/** `senza domains NAME`. */
export function domainsArguments(request: ApplicationReference): string[] {
  return ['domains', ...common(request), '--output=json', '--', literal('stackName', request.stackName)];
}

/** `senza scale`; `--force` keeps it from asking. */
export function scaleArguments(request: ScaleRequest): string[] {
  const capacity = numberUpTo100('desiredCapacity', request.desiredCapacity);
  return ['scale', ...common(request), '--force', '--', ...stackVersion(request), capacity];
}

/** `senza patch --image`. */
export function patchArguments(request: PatchRequest): string[] {
  return ['patch', ...common(request), `--image=${literal('image', request.image)}`, '--', ...stackVersion(request)];
}

/** `senza respawn-instances`. */
export function respawnInstancesArguments(request: StackVersionReference): string[] {
  return ['respawn-instances', ...common(request), '--', ...stackVersion(request)];
}

/** A command for people to read: the values of tags, which may be anything, are left out. */
export function describeCommand(commandArguments: readonly string[]): string {
  return ['senza', ...commandArguments.map((argument) => argument.replace(/^(--tag=[^=]*=).*$/s, '$1...'))].join(' ');
}

// Senza's handler for unknown errors crashes on Python 3.11 unless the stack trace is visible.
function common({ region }: { readonly region: string }): string[] {
  return [`--region=${literal('region', region)}`, '--stacktrace-visible'];
}

function stackVersion(reference: StackVersionReference): string[] {
  return [literal('stackName', reference.stackName), literal('stackVersion', reference.stackVersion)];
}
