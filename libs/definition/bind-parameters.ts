import { DefinitionError, type DefinitionErrorCode } from './definition-error.js';
import { type Definition, type DefinitionParameter } from './definition.js';
import { findForbiddenTag } from './template-tags.js';

/**
 * Matches the values of a request, `VALUE` or `NAME=VALUE`, to the definition's parameters, as `parse_args` in Senza's
 * cli.py does: positional ones first. Parameters that keep their default are not in the result.
 *
 * @throws {DefinitionError} with subject `parameters`, and the index of the wrong value where there is one.
 */
export function bindParameters(definition: Definition, values: readonly string[]): ReadonlyMap<string, string> {
  const { parameters } = definition;
  const names = parameters.map(({ name }) => name);
  if (values.length > names.length) {
    throw wrong('too_many_parameters', `Too many parameters given. Need only: "${names.join(' ')}"`, names.length);
  }
  const bound = new Map<string, string>();
  let named = false;
  values.forEach((value, index) => {
    const problem = findForbiddenTag(value);
    if (problem !== undefined) throw wrong('template_partial', problem, index);
    if (value.includes('=')) {
      named = true;
    } else {
      if (named) throw wrong('positional_after_named', 'Positional parameters must not follow keywords.', index);
      for (const { name } of parameters.filter(({ position }) => position === index)) bound.set(name, value);
    }
  });
  values.forEach((value, index) => {
    if (value.includes('=')) bindNamed(bound, names, value, index);
  });
  refuseMissing(parameters, bound);
  return bound;
}

/** The values of parameters with `NoEcho`, given or by default: they must not be shown to anybody. */
export function secretsOf(definition: Definition, bound: ReadonlyMap<string, string>): string[] {
  return definition.parameters
    .filter(({ noEcho }) => noEcho)
    .map(({ name, defaultValue }) => bound.get(name) ?? defaultValue ?? '')
    .filter((secret) => secret !== '');
}

function bindNamed(bound: Map<string, string>, names: readonly string[], text: string, index: number): void {
  const separator = text.indexOf('=');
  const name = text.slice(0, separator);
  if (!names.includes(name)) throw wrong('unknown_parameter', `Unrecognized keyword parameter: "${name}"`, index);
  if (bound.has(name)) throw wrong('repeated_parameter', `Parameter specified multiple times: "${name}"`, index);
  bound.set(name, text.slice(separator + 1));
}

function refuseMissing(parameters: readonly DefinitionParameter[], bound: ReadonlyMap<string, string>): void {
  const missing = parameters.find(({ name, hasDefault }) => !hasDefault && !bound.has(name));
  if (missing === undefined) return;
  const names = parameters.map(({ name }) => name).join(' ');
  throw wrong('missing_parameter', `Missing parameter "${missing.name}". Need: "${names}"`);
}

function wrong(code: DefinitionErrorCode, message: string, index?: number): DefinitionError {
  return new DefinitionError(code, message, { subject: 'parameters', ...(index === undefined ? {} : { index }) });
}
