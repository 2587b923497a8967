import { z } from 'zod';

/** A whole number in a query: decimal digits, nothing else that JavaScript would take for a number. */
export function queryInteger({ min, max }: { min: number; max: number }): z.ZodType<number> {
  return z.preprocess(
    (text) => (typeof text === 'string' && /^[0-9]{1,9}$/.test(text) ? Number(text) : text),
    z.int(`must be a whole number from ${min} to ${max}`).min(min).max(max),
  );
}
