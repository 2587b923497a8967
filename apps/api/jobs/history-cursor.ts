import { z } from 'zod';

const place = z.tuple([z.literal(1), z.int().min(0)]);

/** Makes an opaque cursor of a place in the order of submission: letters, digits, `_` and `-`. */
export function encodeCursor(seq: number): string {
  return Buffer.from(JSON.stringify([1, seq])).toString('base64url');
}

/** A cursor in a query; parsed, it is the place that the next page begins behind. */
export const historyCursor = z
  .string()
  .transform((text, context) => {
    try {
      return place.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))[1];
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a next_cursor of this API' });
      return z.NEVER;
    }
  })
  .meta({ description: 'The `next_cursor` of the page before.' });
