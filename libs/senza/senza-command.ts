import { type SenzaError } from './errors.js';
import { type ReadableOutput } from './output.js';
import { type RunSettings } from './runtime/run-settings.js';
import { literal } from './argument-guard.js';

/** Files in a command's own directory, by name. */
export type Files = Readonly<Record<string, string>>;

/** What all requests have. A command without a region does not call AWS. */
export interface SenzaRequest {
  readonly region?: string;
}

/** One stack version. Both parts are taken literally. */
export interface StackVersionReference extends SenzaRequest {
  readonly region: string;
  readonly stackName: string;
  readonly stackVersion: string;
}

/** A subcommand of Senza: how it is called and what its output means. One file each, with its request. */
export interface SenzaCommand<Request extends SenzaRequest, Result> {
  /** The label of its metrics. */
  readonly name: string;
  /** Whether it prints a table, which may be long and must not be cut. */
  readonly printsTable?: boolean;
  /** @throws {SenzaError} `usage` for a value that Senza would not take literally */
  arguments(request: Request): string[];
  files?(request: Request): Files;
  /** What the runtime checks for this request. */
  settings?(request: Request): RunSettings;
  /** @throws {SenzaError} `unexpected_output` */
  read(output: ReadableOutput): Result;
  /** The result of a command that fails on purpose; undefined for another failure. */
  readFailure?(error: SenzaError): Result | undefined;
}

/** What a command wrote that has no result of its own: both streams merged in the order of arrival, redacted. */
export interface CommandOutput {
  readonly output: string;
}

/** Options of all commands. Without the second, Senza's handler for unknown errors crashes on Python 3.11. */
export function commonOptions({ region }: { readonly region: string }): string[] {
  return [`--region=${literal('region', region)}`, '--stacktrace-visible'];
}

/** NAME VERSION. */
export function stackVersionArguments(reference: StackVersionReference): string[] {
  return [literal('stackName', reference.stackName), literal('stackVersion', reference.stackVersion)];
}

/** Reads a command whose result is what it wrote. */
export function readOutput({ output }: ReadableOutput): CommandOutput {
  return { output };
}

/** The options of a command about one stack version, in addition to the common ones and the version. */
interface VersionArguments {
  readonly options?: readonly string[];
  readonly values?: readonly string[];
}

/** A command about one stack version whose result is what it wrote: `senza NAME OPTIONS -- STACK VERSION VALUES`. */
export function versionCommand<Request extends StackVersionReference>(
  name: string,
  more: (request: Request) => VersionArguments = () => ({}),
): SenzaCommand<Request, CommandOutput> {
  return {
    name,
    arguments: (request) => {
      const { options = [], values = [] } = more(request);
      return [name, ...commonOptions(request), ...options, '--', ...stackVersionArguments(request), ...values];
    },
    read: readOutput,
  };
}

/** A command for display: without the values of tags, which may be anything. */
export function describeCommand(commandArguments: readonly string[]): string {
  return ['senza', ...commandArguments.map((argument) => argument.replace(/^(--tag=[^=]*=).*$/s, '$1...'))].join(' ');
}
