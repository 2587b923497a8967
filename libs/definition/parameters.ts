import { hasHiddenCharacter } from '#formats';
import { type DefinitionParameter } from './definition.js';
import { DefinitionError, type DefinitionErrorCode } from './errors/definition-error.js';
import { findTagProblem } from './mustache.js';
import { asMapping, childOf, errorAt, isEmptyCollection, itemsOf, type Placed } from './place.js';
import { MAX_PARAMETERS } from './values.js';
import { isNull, textOf, type YamlMapping } from './yaml/value.js';
import { nameOf, pathTo } from './yaml/walk.js';
import { toPythonText } from './python-text.js';

// Senza sets parameters as attributes of an object that has these already (`TemplateArguments` in its cli.py): it
// would crash.
const NAMES_THAT_CRASH_SENZA: ReadonlySet<string> = new Set(['self', 'region', 'version']);
const NAME_LENGTH_LIMIT = 255;

/**
 * The parameters that `SenzaInfo.Parameters` declares, in order.
 *
 * @throws {DefinitionError} `invalid_parameters` for what would make Senza crash.
 */
export function readParameters(senzaInfo: Placed<YamlMapping>): DefinitionParameter[] {
  const list = childOf(senzaInfo, 'Parameters');
  if (list === undefined || isEmptyCollection(list)) return [];
  const items = itemsOf(list);
  if (items === undefined) throw invalid(list, 'SenzaInfo.Parameters must be a list: write - NAME: {Description: ...}');
  const parameters = items.flatMap((item, position) => readItem(item, position));
  if (parameters.length > MAX_PARAMETERS) {
    const message = `SenzaInfo.Parameters declares ${parameters.length} parameters; CloudFormation takes ${MAX_PARAMETERS}`;
    throw errorAt(list, 'too_many_parameters', `${message}: remove some`);
  }
  return parameters;
}

/** Whether a parameter's `NoEcho` hides its value. A template is not evaluated: it counts as true. */
function isNoEcho(configuration: YamlMapping): boolean {
  const noEcho = configuration.entries.get('sNoEcho')?.value;
  if (noEcho === undefined || isNull(noEcho)) return false;
  const text = textOf(noEcho);
  if (text !== undefined) return text.toLowerCase() !== 'false';
  return noEcho.kind !== 'scalar' || noEcho.value !== false;
}

function readItem(item: Placed, position: number): DefinitionParameter[] {
  const mapping = asMapping(item);
  if (mapping === undefined) throw invalid(item, 'A parameter must be a mapping: write - NAME: {Description: ...}');
  // Senza loads the definition once before it sorts the keys: their order is the text's.
  return [...mapping.value.entries.values()].map(({ key, value }) =>
    readParameter(
      key.type === 'string' ? key.value : undefined,
      { value, path: pathTo(mapping.path, nameOf(key)) },
      position,
    ),
  );
}

function readParameter(name: string | undefined, properties: Placed, position: number): DefinitionParameter {
  if (name === undefined || name.startsWith('__') || name.length > NAME_LENGTH_LIMIT || hasHiddenCharacter(name)) {
    throw invalid(properties, 'This parameter’s name cannot be used: take letters and digits');
  }
  if (NAMES_THAT_CRASH_SENZA.has(name)) {
    throw invalid(properties, `A parameter cannot be called "${name}", which Senza uses itself: rename it`);
  }
  const configuration = asMapping(properties);
  if (configuration === undefined) {
    throw invalid(properties, `The properties of parameter "${name}" must be a mapping: write ${name}: {}`);
  }
  const given = childOf(configuration, 'Default')?.value;
  return {
    name,
    position,
    hasDefault: !isNull(given),
    defaultValue: given === undefined || isNull(given) ? null : toPythonText(given),
    noEcho: isNoEcho(configuration.value),
  };
}

function invalid(placed: Placed, message: string): DefinitionError {
  return errorAt(placed, 'invalid_parameters', message);
}

/** The names of CloudFormation's own `Parameters` that have `NoEcho`. Senza gives them the values of its parameters. */
export function noEchoInTemplate(root: Placed<YamlMapping>): ReadonlySet<string> {
  const section = childOf(root, 'Parameters')?.value;
  const entries = section?.kind === 'mapping' ? [...section.entries.values()] : [];
  const hidden = entries.filter(({ value }) => value.kind === 'mapping' && isNoEcho(value));
  return new Set(hidden.map(({ key }) => nameOf(key)));
}

/**
 * Matches the values of a request, `VALUE` or `NAME=VALUE`, to the definition's parameters, as `parse_args` in Senza's
 * cli.py does: positional ones first. Parameters that keep their default are not in the result. Errors begin with Senza's words, which
 * users of Lizzy 2 know.
 *
 * @throws {DefinitionError} with subject `parameters`, and the index of the wrong value where there is one.
 */
export function bindParameters(
  { parameters }: { readonly parameters: readonly DefinitionParameter[] },
  values: readonly string[],
): ReadonlyMap<string, string> {
  const names = parameters.map(({ name }) => name);
  const distinct = new Set(names);
  const need = names.join(' ');
  if (values.length > distinct.size) {
    const message =
      distinct.size === 0 ? 'The definition takes no parameters' : `Too many parameters given. Need only: "${need}"`;
    throw wrong('too_many_parameters', message, distinct.size);
  }
  const bound = new Map<string, string>();
  const hasNamed = bindPositional(bound, parameters, values);
  if (hasNamed) {
    values.forEach((value, index) => {
      if (value.includes('=')) bindNamed(bound, distinct, value, index);
    });
  }
  const missing = names.find((name) => !bound.has(name) && !hasDefault(parameters, name));
  if (missing === undefined) return bound;
  throw wrong('missing_parameter', `Missing parameter "${missing}". Need: "${need}". Pass "${missing}=VALUE"`);
}

// The last of equally named parameters counts, as in Senza.
function hasDefault(parameters: readonly DefinitionParameter[], name: string): boolean {
  return parameters.findLast((parameter) => parameter.name === name)?.hasDefault === true;
}

function bindPositional(
  bound: Map<string, string>,
  parameters: readonly DefinitionParameter[],
  values: readonly string[],
): boolean {
  values.forEach((value, index) => {
    const problem = findTagProblem(value);
    if (problem !== undefined) throw wrong(problem.code, problem.message, index);
  });
  const firstNamed = values.findIndex((value) => value.includes('='));
  const late = firstNamed === -1 ? -1 : values.findIndex((value, index) => index > firstNamed && !value.includes('='));
  if (late !== -1)
    throw wrong(
      'positional_after_named',
      'Positional parameters must not follow keywords. Move the values without a name to the front',
      late,
    );
  for (const { name, position } of parameters) {
    const value = values[position];
    if (value === undefined || value.includes('=')) bound.delete(name);
    else bound.set(name, value);
  }
  return firstNamed !== -1;
}

function bindNamed(bound: Map<string, string>, names: ReadonlySet<string>, text: string, index: number): void {
  const separator = text.indexOf('=');
  const name = text.slice(0, separator);
  if (!names.has(name)) {
    const unknown = `Unrecognized keyword parameter: "${name.slice(0, NAME_LENGTH_LIMIT)}"`;
    throw wrong('unknown_parameter', `${unknown}. The definition has only: "${[...names].join(' ')}"`, index);
  }
  if (bound.has(name)) {
    throw wrong('repeated_parameter', `Parameter specified multiple times: "${name}". Pass one value for it`, index);
  }
  bound.set(name, text.slice(separator + 1));
}

/** The value that each parameter will have: the one of the request, else the default as it is written. */
export function effectiveValues(
  { parameters }: { readonly parameters: readonly DefinitionParameter[] },
  bound: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  return new Map(parameters.map(({ name, defaultValue }) => [name, bound.get(name) ?? defaultValue ?? '']));
}

/** The names of the parameters whose values must not be shown. */
export function secretNames({ parameters }: { readonly parameters: readonly DefinitionParameter[] }): string[] {
  return parameters.filter(({ noEcho }) => noEcho).map(({ name }) => name);
}

/** The positions of those of a request's values that belong to parameters with `NoEcho`. */
export function secretPositions(
  { parameters }: { readonly parameters: readonly DefinitionParameter[] },
  values: readonly string[],
): number[] {
  const secrets = parameters.filter(({ noEcho }) => noEcho);
  const names = new Set(secrets.map(({ name }) => name));
  const positions = new Set(secrets.map(({ position }) => position));
  return values.flatMap((value, index) => {
    const separator = value.indexOf('=');
    return (separator === -1 ? positions.has(index) : names.has(value.slice(0, separator))) ? [index] : [];
  });
}

/** The values of parameters with `NoEcho`, both given and default: they must not be shown. */
export function secretsOf(
  { parameters }: { readonly parameters: readonly DefinitionParameter[] },
  bound: ReadonlyMap<string, string>,
): string[] {
  return parameters
    .filter(({ noEcho }) => noEcho)
    .flatMap(({ name, defaultValue }) => [bound.get(name) ?? '', defaultValue ?? ''])
    .filter((secret) => secret !== '');
}

function wrong(code: DefinitionErrorCode, message: string, index?: number): DefinitionError {
  return new DefinitionError(code, message, { subject: 'parameters', index });
}
