import { z } from 'zod';

type Json = z.core.util.JSONType;

/** Any JSON. zod's own `z.json()` has no name: the document would call it, since it contains itself, `__schema0`. */
export const jsonValue: z.ZodType<Json> = z
  .lazy(() =>
    z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(jsonValue), z.record(z.string(), jsonValue)]),
  )
  .meta({ id: 'JsonValue', description: 'Any JSON.' });
