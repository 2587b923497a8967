import { z } from 'zod';

/** The query of a route that takes no query parameters: any parameter is rejected. */
export const noQuery = z.strictObject({});
export type NoQuery = z.output<typeof noQuery>;

/** The query of a route that takes its fields in the body only: users of other APIs write them into the query. */
export const fieldsInBody = z.strictObject(
  {},
  {
    error: ({ code }) => (code === 'unrecognized_keys' ? 'is no query parameter: send it in the JSON body' : undefined),
  },
);
