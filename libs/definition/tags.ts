import { hasHiddenCharacter } from '#formats';
import { z } from 'zod';
import { DefinitionError } from './errors/definition-error.js';
import { asMapping, childOf, errorAt, isTemplate, itemsOf, type Placed } from './place.js';
import { MAX_STACK_TAGS, MAX_TAGS } from './values.js';
import { type YamlMapping } from './yaml/value.js';
import { nameOf, pathTo } from './yaml/walk.js';

const KEY = /^(?!-)[\p{L}\p{Nd} _.:/+@-]{1,128}$/u;
// "Tag" in CloudFormation's API reference. It has no combining marks, punctuation beyond these signs, or symbols.
const REFUSED_CHARACTER = /[^\p{L}\p{Z}\p{N}_.:/=+@-]/u;
const CHARACTERS = 'letters, digits, spaces and _ . : / + @ -';
const KEY_LENGTH_LIMIT = 128;
const VALUE_LENGTH_LIMIT = 256;
// `aws:` is AWS's, the next three are Senza's (create_cf_template in its cli.py), `Lizzy*` is the agent's.
const RESERVED = /^(?:[aA][wW][sS]:|Lizzy|(?:Name|StackName|StackVersion)$)/;
const SENZA_TAGS = 3;

/**
 * Whether a tag's key belongs to AWS, Senza or the agent. AWS ignores the case of its prefix. Spaces around a key are not seen by people, and
 * services of AWS may drop them.
 */
export function isReservedTagKey(key: string): boolean {
  return RESERVED.test(key.trim());
}

/**
 * A tag of a deployment, `KEY=VALUE`. Neither part has a further `=`, because Senza splits at each of them
 * (`create` in its cli.py).
 */
export const tagSchema = z
  .string()
  .superRefine((tag, context) => {
    const problem = findProblem(tag);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ description: 'Tag of the stack, `KEY=VALUE`.', examples: ['Team=payments'] });

/** The tags of a deployment. */
export const tagsSchema = z
  .array(tagSchema)
  .max(MAX_TAGS, `must be ${MAX_TAGS} at most`)
  .superRefine((tags, context) => {
    const seen = new Set<string>();
    tags.forEach((tag, index) => {
      const key = tag.split('=', 1)[0] ?? '';
      if (seen.has(key))
        context.addIssue({ code: 'custom', path: [index], message: 'must not repeat the key of another tag' });
      seen.add(key);
    });
  });

function findProblem(tag: string): string | undefined {
  const [key = '', value, ...rest] = tag.split('=');
  if (value === undefined) return 'must be KEY=VALUE';
  if (rest.length > 0) return 'must have one "=" only';
  if (!KEY.test(key)) return 'must have a key of 1 to 128 letters, digits, spaces and _.:/+@-, not beginning with "-"';
  if (isReservedTagKey(key))
    return 'must not use a key of AWS (aws:), Senza (Name, StackName, StackVersion) or the agent (Lizzy)';
  if (value === '') return 'must have a value: CloudFormation refuses empty ones';
  if (value.length > VALUE_LENGTH_LIMIT || hasHiddenCharacter(value))
    return 'must have a value of at most 256 characters without control, bidirectional or invisible characters';
  const refused = refusedCharacter(value);
  if (refused === undefined) return undefined;
  return `must have a value of ${CHARACTERS}: CloudFormation refuses the ${refused} in the value of "${key}"`;
}

/** The first character that CloudFormation accepts in no tag, in quotes. */
function refusedCharacter(text: string): string | undefined {
  const [character] = REFUSED_CHARACTER.exec(text) ?? [];
  return character === undefined ? undefined : JSON.stringify(character);
}

/**
 * The keys of the tags in `SenzaInfo.Tags`. Senza takes a mapping or a list of mappings there and ignores everything
 * else (`create_cf_template` in its cli.py); boto3 refuses values that are no texts.
 *
 * @throws {DefinitionError} `reserved_tag` for tags that would pass for the agent's, Senza's or AWS's; `invalid_tags` for
 * what AWS refuses.
 */
export function readTags(senzaInfo: Placed<YamlMapping>): readonly string[] {
  const tags = childOf(senzaInfo, 'Tags');
  if (tags === undefined) return [];
  const items = tags.value.kind === 'mapping' ? [tags] : (itemsOf(tags) ?? []);
  const keys = new Set<string>();
  for (const item of items) readMapping(item, keys);
  return [...keys];
}

function readMapping(item: Placed, keys: Set<string>): void {
  const mapping = asMapping(item);
  if (mapping === undefined) throw errorAt(item, 'invalid_tags', 'A tag in SenzaInfo.Tags must be KEY: VALUE');
  for (const { key, value } of mapping.value.entries.values()) {
    const placed = { value, path: pathTo(mapping.path, nameOf(key)) };
    if (key.type !== 'string') {
      throw errorAt(placed, 'invalid_tags', 'The key of a tag must be a string: put it in quotes');
    }
    checkKey(key.value, placed);
    checkValue(key.value, placed);
    if (keys.has(key.value)) {
      throw errorAt(placed, 'invalid_tags', `The tag "${key.value}" is in SenzaInfo.Tags twice: remove one of them`);
    }
    keys.add(key.value);
  }
}

function checkKey(key: string, placed: Placed): void {
  if (isReservedTagKey(key)) {
    throw errorAt(placed, 'reserved_tag', `The tag "${key.slice(0, KEY_LENGTH_LIMIT)}" in SenzaInfo.Tags is reserved`);
  }
  if (key.includes('{{')) throw errorAt(placed, 'reserved_tag', 'A key in SenzaInfo.Tags must not be a template');
  if (key === '' || key.length > KEY_LENGTH_LIMIT || hasHiddenCharacter(key)) {
    const message = `The key of a tag must have 1 to ${KEY_LENGTH_LIMIT} characters, none of them a control character`;
    throw errorAt(placed, 'invalid_tags', message);
  }
  checkCharacters(key, `key of the tag "${key}"`, placed);
}

function checkCharacters(text: string, what: string, placed: Placed): void {
  const refused = refusedCharacter(text);
  if (refused === undefined) return;
  throw errorAt(placed, 'invalid_tags', `CloudFormation refuses the ${refused} in the ${what}: use ${CHARACTERS}`);
}

function checkValue(key: string, placed: Placed): void {
  if (isTemplate(placed)) return;
  const { value } = placed;
  if (value.kind !== 'scalar' || value.type !== 'string') {
    throw errorAt(placed, 'invalid_tags', `The value of the tag "${key}" must be a string: put it in quotes`);
  }
  if (value.value === '')
    throw errorAt(placed, 'invalid_tags', `The tag "${key}" must have a value: CloudFormation refuses empty ones`);
  if (value.value.length > VALUE_LENGTH_LIMIT || hasHiddenCharacter(value.value)) {
    const message = `The value of the tag "${key}" must have ${VALUE_LENGTH_LIMIT} characters at most, none of them a control character`;
    throw errorAt(placed, 'invalid_tags', message);
  }
  checkCharacters(value.value, `value of the tag "${key}"`, placed);
}

/**
 * Checks that a stack has room for all its tags, and that none is in the definition and in the request.
 *
 * @param tags of the request, `KEY=VALUE`.
 * @param agentTags how many tags the agent adds.
 * @throws {DefinitionError} `invalid_tags` or `too_many_tags`
 */
export function assertStackTags(
  { tagKeys }: { readonly tagKeys: readonly string[] },
  tags: readonly string[],
  agentTags: number,
): void {
  const repeated = tags.map((tag) => tag.split('=', 1)[0] ?? '').find((key) => tagKeys.includes(key));
  if (repeated !== undefined) {
    const message = `The tag "${repeated}" of the request is in SenzaInfo.Tags, too, and CloudFormation takes each key once: remove one of them`;
    throw new DefinitionError('invalid_tags', message, { subject: 'tags' });
  }
  const total = tagKeys.length + tags.length + SENZA_TAGS + agentTags;
  if (total <= MAX_STACK_TAGS) return;
  const parts = `${tagKeys.length} of the definition, ${tags.length} of the request, ${SENZA_TAGS} of Senza, ${agentTags} of the agent`;
  const message = `CloudFormation takes ${MAX_STACK_TAGS} tags, and the stack would have ${total} (${parts}): remove some`;
  throw new DefinitionError('too_many_tags', message, {
    subject: tags.length > 0 ? 'tags' : 'definition',
    pointer: '/SenzaInfo/Tags',
  });
}
