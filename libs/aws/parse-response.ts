import { type z } from 'zod';
import { AwsError } from './errors.js';

/**
 * Parses a part of a response of AWS.
 *
 * @throws AwsError `unknown` when it does not have the form that AWS documents
 */
export function parseResponse<T>(operation: string, schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (!parsed.success)
    throw new AwsError('unknown', `${operation}: the response of AWS has an unexpected form`, { cause: parsed.error });
  return parsed.data;
}
