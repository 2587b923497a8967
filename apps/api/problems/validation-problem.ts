import { type ArgumentMetadata, StandardSchemaValidationPipe } from '@nestjs/common';
import leven from 'leven';
import { z } from 'zod';
import { type FieldError, ProblemError } from './problem.error.js';

/** How many wrong fields `detail` names. */
const NAMED_IN_DETAIL = 5;
/** How many wrong fields `errors` has. */
const ERRORS_LIMIT = 100;
/** With more unknown fields than this, none is compared with the known names, because that would be the largest cost. */
const SUGGESTIONS_LIMIT = 20;
/** A longer field is not compared with the known ones. */
const COMPARED_LENGTH_LIMIT = 64;

/** An issue as zod reports it; `keys` are fields that the schema does not know. */
const issueSchema = z.object({
  code: z.string().optional(),
  expected: z.string().optional(),
  message: z.string(),
  path: z.array(z.union([z.string(), z.number()])).default([]),
  keys: z.array(z.string()).optional(),
  /** The values that are allowed. */
  values: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).default([]),
  /** What has the limit: `string`, `array`, or a number. */
  origin: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
type Issue = z.output<typeof issueSchema>;

/** What a schema found wrong with a value. */
class InvalidValue extends Error {
  constructor(readonly issues: readonly unknown[]) {
    super('invalid value');
  }
}

/** Validates what controllers declare with `@Body({ schema })` and the like; wrong requests are problem documents. */
export class ValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => new InvalidValue(issues) });
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    try {
      return await super.transform(value, metadata);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      throw (
        (metadata.type === 'query' ? repetitionProblem(error.issues, value) : null) ??
        validationProblem(error.issues, metadata.schema, value)
      );
    }
  }

  /** Nest would remove fields such as `constructor`; for the schemas they are unknown like others. */
  protected override stripProtoKeys(): void {
    return;
  }
}

/** Creates a problem that names the wrong fields of a request. @param schema of zod, which found these issues in the value */
export function validationProblem(issues: readonly unknown[], schema: unknown, value: unknown): ProblemError {
  return fieldProblem(issues.flatMap((issue) => fieldErrors(issueSchema.parse(issue), schema, value)));
}

/** A problem about query parameters that are given several times although they have one value; null when it is something else. */
function repetitionProblem(issues: readonly unknown[], query: unknown): ProblemError | null {
  const errors = issues.flatMap((issue) => {
    const { origin, path } = issueSchema.parse(issue);
    const given = valueAt(query, path);
    return Array.isArray(given) && origin !== 'array' ? [{ pointer: jsonPointer(path), detail: repeated(given) }] : [];
  });
  return errors.length === 0 ? null : fieldProblem(errors);
}

/** What is wrong with a query parameter that was given several times. */
export function repeated(values: readonly unknown[]): string {
  return `is given ${values.length} times: give it once`;
}

/** A problem about these fields; `errors` has the first hundred, `more_errors` is the number of the others. */
export function fieldProblem(errors: readonly FieldError[]): ProblemError {
  const count = errors.length === 1 ? '1 wrong field' : `${errors.length} wrong fields`;
  // Lizzy 2's client shows its user the detail, and nothing else.
  const named = errors.slice(0, NAMED_IN_DETAIL).map(({ pointer, detail }) => `${pointer || 'the body'} ${detail}`);
  const omitted = errors.length - ERRORS_LIMIT;
  return new ProblemError('invalid_request', `The request has ${count}: ${named.join('; ')}`, {
    errors: errors.slice(0, ERRORS_LIMIT),
    members: omitted > 0 ? { more_errors: omitted } : {},
  });
}

/** A path as a JSON pointer (RFC 6901, section 3). */
export function jsonPointer(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function fieldErrors(issue: Issue, schema: unknown, value: unknown): FieldError[] {
  const { path, keys, message } = issue;
  if (keys === undefined) return [{ pointer: jsonPointer(path), detail: sentence(issue, valueAt(value, path)) }];
  if (!ZOD_MESSAGE.test(message)) return keys.map((key) => ({ pointer: jsonPointer([...path, key]), detail: message }));
  const known = fieldsAt(schema, path);
  const suggests = keys.length <= SUGGESTIONS_LIMIT;
  return keys.map((key) => ({
    pointer: jsonPointer([...path, key]),
    detail: `is unknown${suggests ? suggestion(key, known) : ''}`,
  }));
}

const NAMES_OF_TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  string: 'a string',
};

/** How zod begins its own messages: schemas that say more have messages of their own. */
const ZOD_MESSAGE = /^(?:Invalid (?:input|option): |Too (?:big|small): |Unrecognized keys?: )/;

function sentence(issue: Issue, given: unknown): string {
  const { code, expected = '', message, values } = issue;
  if (message.endsWith('received undefined')) return 'is required';
  if (!ZOD_MESSAGE.test(message)) return message;
  if (code === 'invalid_value') return `must be ${values.length > 1 ? 'one of ' : ''}${values.join(', ')}`;
  if (code === 'too_big' || code === 'too_small') return limitSentence(issue);
  const type = NAMES_OF_TYPES[expected];
  if (type === undefined) return message;
  const isQuoted = typeof given === 'string' && literalOf(given) !== given;
  return `must be ${type}${isQuoted ? ', without quotes' : ''}`;
}

/** A value's member at this path; undefined when there is none. */
function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
  const member: unknown = Reflect.get(value, part);
  return valueAt(member, rest);
}

/** The number or the flag that a text is, as JSON has them; the text itself when it is neither. */
export function literalOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return JSON_NUMBER.test(text) ? Number(text) : text;
}

/** RFC 8259, section 6; longer ones are no numbers of this API. */
const JSON_NUMBER = /^-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?$/;

function limitSentence({ origin, minimum, maximum, message }: Issue): string {
  if (minimum === undefined && maximum === undefined) return message;
  const limit = maximum === undefined ? `at least ${minimum}` : `at most ${maximum}`;
  if (minimum === 1 && (origin === 'string' || origin === 'array')) return 'must not be empty';
  if (origin === 'string') return `must have ${limit} characters`;
  return origin === 'array' ? `must have ${limit} items` : `must be ${limit}`;
}

/** Names the known field that was probably meant; empty when none is near. @param known a field of an object is `OBJECT.FIELD` */
function suggestion(key: string, known: readonly string[]): string {
  if (key.length > COMPARED_LENGTH_LIMIT) return '';
  const given = normalized(key);
  const near = known.flatMap((name) =>
    [name, ...name.split('.').slice(1)].flatMap((each) => {
      const meant = normalized(each);
      const limit = each.length / 3;
      // The distance is at least the difference of the lengths.
      if (Math.abs(given.length - meant.length) > limit) return [];
      const distance = leven(given, meant);
      return distance <= limit ? [{ name, distance }] : [];
    }),
  );
  // A stable sort: at the same distance the fields of the object itself come first.
  const [nearest] = near.sort((a, b) => a.distance - b.distance);
  return nearest === undefined ? '' : `; did you mean "${nearest.name}"?`;
}

function normalized(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** The fields of the object at this place in a schema, then those of its objects as `OBJECT.FIELD`; none when it is not an object. */
function fieldsAt(schema: unknown, path: readonly (string | number)[]): string[] {
  const shape = shapeAt(schema, path);
  const names = Object.keys(shape);
  const nested = names.flatMap((name) => Object.keys(shapeAt(shape[name], [])).map((field) => `${name}.${field}`));
  return [...names, ...nested];
}

function shapeAt(schema: unknown, path: readonly (string | number)[]): Readonly<Record<string, unknown>> {
  const [part, ...rest] = path;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return shapeAt(schema.unwrap(), path);
  if (schema instanceof z.ZodPipe) return shapeAt(schema.in, path);
  if (schema instanceof z.ZodArray && part !== undefined) return shapeAt(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return {};
  const shape: Readonly<Record<string, unknown>> = schema.shape;
  return part === undefined ? shape : shapeAt(shape[part], rest);
}
