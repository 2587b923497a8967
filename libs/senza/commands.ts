import { SenzaError } from './errors.js';

// What may stand as itself on Senza's command line: it cannot be an option (no leading hyphen), a file (no dot, no
// slash; Senza opens references that are files), or a regular expression (Senza matches `REFERENCE$`).
const PATTERNS = {
  stackName: /^[a-zA-Z][a-zA-Z0-9-]*$/,
  stackVersion: /^[a-zA-Z0-9]+$/,
  region: /^[a-z][a-z0-9-]*$/,
  image: /^[a-z][a-z0-9-]*$/,
  tagKey: /^[^=-][^=]*$/,
} as const;

/**
 * The value itself when Senza can only take it literally.
 *
 * @throws {SenzaError} `usage`; callers have parsed their input before, so this is the last line of defence.
 */
export function literal(kind: keyof typeof PATTERNS, value: string): string {
  if (PATTERNS[kind].test(value)) return value;
  throw wrongValue(kind, value);
}

/** A number that Senza does not clamp silently (`IntRange` and `FloatRange` with `clamp=True` in its cli.py). */
export function numberUpTo100(kind: 'percentage' | 'desiredCapacity', value: number): string {
  const fits = value >= 0 && value <= 100 && (kind === 'percentage' || Number.isInteger(value));
  if (fits) return String(value);
  throw wrongValue(kind, String(value));
}

function wrongValue(kind: string, value: string): SenzaError {
  return new SenzaError('usage', `Not a ${kind} that Senza can be given: ${JSON.stringify(value)}`, {
    command: '',
    exitCode: null,
    signal: null,
    outputTail: '',
  });
}

/** One stack version. Both parts are taken literally. */
export interface StackVersionReference {
  readonly region: string;
  readonly stackName: string;
  readonly stackVersion: string;
}

/** What `senza create` is asked. */
export interface CreateRequest {
  readonly region: string;
  readonly stackVersion: string;
  /** The text of the definition. */
  readonly definition: string;
  /** Values by name; they reach Senza in a file that only the worker's user can read. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Tags beside those of the definition, in order. */
  readonly tags: ReadonlyMap<string, string>;
  readonly dryRun?: boolean;
  readonly disableRollback?: boolean;
}

/** What `senza update` is asked. It keeps the stack's tags. */
export type UpdateRequest = Omit<CreateRequest, 'tags'>;

/** What `senza delete` is asked. */
export interface DeleteRequest extends StackVersionReference {
  readonly dryRun?: boolean;
  /** Delete it although it receives traffic. */
  readonly force?: boolean;
}

/** What `senza traffic` is asked to change. */
export interface SwitchTrafficRequest extends StackVersionReference {
  /** Percent, 0 to 100. */
  readonly percentage: number;
}

/** All versions of an application. */
export interface ApplicationReference {
  readonly region: string;
  readonly stackName: string;
}

/** What `senza scale` is asked. */
export interface ScaleRequest extends StackVersionReference {
  readonly desiredCapacity: number;
}

/** What `senza patch` is asked. */
export interface PatchRequest extends StackVersionReference {
  /** An AMI's id, or `latest`, `staging`, `dev`. */
  readonly image: string;
}

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

/** `senza update`. Senza 2.1.143 accepts `--disable-rollback` here and ignores it (`update_stack_from_template`, aws.py). */
export function updateArguments(request: UpdateRequest): string[] {
  return [
    'update',
    ...common(request),
    '--force',
    ...(request.disableRollback === true ? ['--disable-rollback'] : []),
    ...(request.dryRun === true ? ['--dry-run'] : []),
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

// Characters that JSON leaves as they are and PyYAML refuses or takes for a line break.
const TO_ESCAPE = /[\u007f-\u009f\u2028\u2029\ufeff]/g;

/**
 * The text of Senza's `--parameter-file`: a YAML mapping of quoted strings, so that `1.10`, `yes` and `@x` stay what
 * they are (`read_parameter_file` in Senza's cli.py formats what YAML made of them).
 */
export function parameterFile(parameters: ReadonlyMap<string, string>): string {
  return [...parameters].map(([name, value]) => `${quote(name)}: ${quote(value)}\n`).join('');
}

function quote(text: string): string {
  return JSON.stringify(text).replace(
    TO_ESCAPE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
