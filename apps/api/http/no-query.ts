import { z } from 'zod';

/** The query of a route that takes no query parameters: any parameter is rejected. */
export const noQuery = z.strictObject({});
export type NoQuery = z.output<typeof noQuery>;
