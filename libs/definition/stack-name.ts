import { type Definition } from './definition.js';
import { DefinitionError, type DefinitionErrorDetails } from './errors/definition-error.js';
import { readTags } from './mustache.js';
import { errorAt, isTemplate, type Placed } from './place.js';
import { secretNames } from './parameters.js';
import { stackNameSchema } from './values.js';
import { TAG_PREFIX, resolveTag } from './yaml/resolver.js';
import { isNull, textOf } from './yaml/value.js';

const WHERE = { pointer: '/SenzaInfo/StackName' } as const;

/** The name itself has 128 characters at most. Each of thousands of templates could become a value of 4096 characters. */
const MAX_TEMPLATE_LENGTH = 1024;

/** `SenzaInfo.StackName` as it is written, and where. @throws {DefinitionError} `missing_property` or `invalid_stack_name` */
export function readStackName(
  stackName: Placed | undefined,
  senzaInfo: Placed,
): Pick<Definition, 'stackName' | 'stackNamePosition'> {
  if (stackName === undefined || isNull(stackName.value)) {
    throw errorAt(stackName ?? senzaInfo, 'missing_property', "Missing property in senza yaml: 'StackName'");
  }
  const text = textOf(stackName.value);
  if (text === undefined) {
    throw errorAt(stackName, 'invalid_stack_name', 'SenzaInfo.StackName must be a string (quote it)');
  }
  if (isTemplate(stackName)) assertRenderable(text, stackName);
  else assertName(text, { position: stackName.value.mark, ...WHERE });
  const { line, column } = stackName.value.mark;
  return { stackName: text, stackNamePosition: { line, column } };
}

function assertRenderable(text: string, place: Placed): void {
  if (text.length > MAX_TEMPLATE_LENGTH) {
    const message = `SenzaInfo.StackName is a template of more than ${MAX_TEMPLATE_LENGTH} characters`;
    throw errorAt(place, 'invalid_stack_name', message);
  }
  const tags = readTags(text);
  const names = 'code' in tags ? [] : tags.map(({ type, name }) => (type === 'variable' ? name : type));
  if (names.length > 0 && names.every((name) => /^Arguments\.[^.]+$/.test(name))) return;
  const message = 'SenzaInfo.StackName can be a template of {{Arguments.NAME}} and {{Arguments.version}} only';
  throw errorAt(place, 'invalid_stack_name', `${message}: the agent must know the name before it runs Senza`);
}

/**
 * The name of the stack without its version, as Senza renders it from the parameters and the version of a request.
 *
 * @param values of all parameters, defaults included.
 * @throws {DefinitionError} `invalid_stack_name`
 */
export function renderStackName(
  {
    stackName,
    stackNamePosition: position,
    parameters,
  }: Pick<Definition, 'stackName' | 'stackNamePosition' | 'parameters'>,
  values: ReadonlyMap<string, string>,
  { version, region }: { readonly version: string; readonly region: string },
): string {
  if (!stackName.includes('{{')) return stackName;
  const where = { position, ...WHERE };
  const known = new Map([...values, ['version', version], ['region', region]]);
  const rendered = stackName.replaceAll(/\{\{\{?\s*(?:&\s*)?Arguments\.([^{}\s]+)\s*\}?\}\}/g, (_, name: string) => {
    if (secretNames({ parameters }).includes(name)) {
      const secret = `SenzaInfo.StackName uses the parameter "${name}", whose value is secret (NoEcho), and the name is shown`;
      throw new DefinitionError('invalid_stack_name', secret, where);
    }
    const value = known.get(name);
    if (value !== undefined && !value.includes('{{')) return value;
    const message = `SenzaInfo.StackName uses the parameter "${name}", whose value is a template itself: give it a value`;
    throw new DefinitionError('invalid_stack_name', message, where);
  });
  assertName(rendered, where);
  // Senza writes the name unquoted when it does not begin with the template, and parses it again.
  if (!stackName.startsWith('{{') && resolveTag(rendered, true) !== `${TAG_PREFIX}str`) {
    const message = `SenzaInfo.StackName becomes ${rendered}, which YAML reads as something else: take another name`;
    throw new DefinitionError('invalid_stack_name', message, where);
  }
  return rendered;
}

function assertName(name: string, details: DefinitionErrorDetails): void {
  const parsed = stackNameSchema.safeParse(name);
  if (parsed.success) return;
  const problem = parsed.error.issues[0]?.message ?? 'is not valid';
  throw new DefinitionError('invalid_stack_name', `SenzaInfo.StackName ${problem}`, details);
}
