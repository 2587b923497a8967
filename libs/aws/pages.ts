import { type z } from 'zod';
import { AwsError } from './errors.js';

/**
 * Parses a part of an answer of AWS.
 *
 * @throws AwsError `unknown` when it has not the form that AWS documents
 */
export function parseResponse<T>(operation: string, schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (!parsed.success)
    throw new AwsError('unknown', `${operation}: AWS's answer has an unexpected form`, { cause: parsed.error });
  return parsed.data;
}

/** One page of a longer answer. */
export interface Page<T, Cursor> {
  readonly items: readonly T[];
  /** Where the next page begins; missing on the last one. */
  readonly next: Cursor | undefined;
}

/** All pages, one after the other, until one has no next or `enough` says so. */
export async function allPages<T, Cursor = string>(
  fetchPage: (from: Cursor | undefined) => Promise<Page<T, Cursor>>,
  enough: (items: readonly T[]) => boolean = () => false,
): Promise<T[]> {
  const items: T[] = [];
  let from: Cursor | undefined;
  do {
    const page = await fetchPage(from);
    items.push(...page.items);
    from = page.next;
  } while (from !== undefined && !enough(items));
  return items;
}
