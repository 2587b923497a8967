import { DefinitionError } from './definition-error.js';
import { type DefinitionParameter } from './definition.js';
import { type Mapping, toMapping } from './mapping.js';

// Senza sets parameters as attributes of an object that has these already (`TemplateArguments` in its cli.py): it
// would crash. A `=` ends a name in NAME=VALUE.
const NAME = /^(?!__)[^=\s\p{Cc}]{1,255}$/u;
const NAMES_THAT_CRASH_SENZA: ReadonlySet<string> = new Set(['self', 'region', 'version']);

/**
 * The parameters that `SenzaInfo.Parameters` declares, in order.
 *
 * @throws {DefinitionError} `invalid_parameters` for what would make Senza crash.
 */
export function readParameters(senzaInfo: Mapping): DefinitionParameter[] {
  const list = senzaInfo.get('Parameters');
  if (!senzaInfo.has('Parameters')) return [];
  if (!Array.isArray(list)) throw invalid('SenzaInfo.Parameters must be a list');
  const parameters = list.flatMap((item: unknown, position) => readItem(item, position));
  const seen = new Set<string>();
  for (const { name } of parameters) {
    if (seen.has(name)) throw invalid(`Parameter "${name}" is declared twice`);
    seen.add(name);
  }
  return parameters;
}

/** Whether a parameter's `NoEcho` hides its value. A template is not evaluated: it counts as true. */
export function isNoEcho(configuration: Mapping): boolean {
  const noEcho = configuration.get('NoEcho');
  if (typeof noEcho === 'string') return noEcho.toLowerCase() !== 'false';
  return noEcho !== undefined && noEcho !== null && noEcho !== false;
}

function readItem(item: unknown, position: number): DefinitionParameter[] {
  const mapping = toMapping(item);
  if (mapping === undefined || mapping.size === 0) {
    throw invalid(`Item ${position + 1} of SenzaInfo.Parameters must be a mapping of a name to its properties`);
  }
  return [...mapping].map(([name, properties]) => readParameter(name, properties, position));
}

function readParameter(name: unknown, properties: unknown, position: number): DefinitionParameter {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw invalid(`Item ${position + 1} of SenzaInfo.Parameters has a name that cannot be used`);
  }
  if (NAMES_THAT_CRASH_SENZA.has(name))
    throw invalid(`A parameter cannot be called "${name}": Senza uses that name itself`);
  const configuration = toMapping(properties);
  if (configuration === undefined) throw invalid(`The properties of parameter "${name}" must be a mapping`);
  const given = configuration.get('Default') ?? null;
  return {
    name,
    position,
    hasDefault: given !== null,
    defaultValue: given === null ? null : toText(given),
    noEcho: isNoEcho(configuration),
  };
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function invalid(message: string): DefinitionError {
  return new DefinitionError('invalid_parameters', message);
}
