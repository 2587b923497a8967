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
      throw error instanceof InvalidValue ? validationProblem(error.issues, metadata.schema) : error;
    }
  }

  /** Nest would remove fields such as `constructor`; for the schemas they are unknown like others. */
  protected override stripProtoKeys(): void {
    return;
  }
}

/** Creates a problem that names the wrong fields of a request. @param schema of zod, which found these issues */
export function validationProblem(issues: readonly unknown[], schema: unknown): ProblemError {
  return fieldProblem(issues.flatMap((issue) => fieldErrors(issueSchema.parse(issue), schema)));
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

function fieldErrors(issue: Issue, schema: unknown): FieldError[] {
  const { path, keys } = issue;
  if (keys === undefined) return [{ pointer: jsonPointer(path), detail: sentence(issue) }];
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
const ZOD_MESSAGE = /^(?:Invalid (?:input|option): |Too (?:big|small): )/;

function sentence(issue: Issue): string {
  const { code, expected = '', message, values } = issue;
  if (message.endsWith('received undefined')) return 'is required';
  if (!ZOD_MESSAGE.test(message)) return message;
  if (code === 'invalid_value') return `must be ${values.length > 1 ? 'one of ' : ''}${values.join(', ')}`;
  if (code === 'too_big' || code === 'too_small') return limitSentence(issue);
  const type = NAMES_OF_TYPES[expected];
  if (type === undefined) return message;
  const isQuoted = message.endsWith('received string') && ['boolean', 'int', 'number'].includes(expected);
  return `must be ${type}${isQuoted ? ', without quotes' : ''}`;
}

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
