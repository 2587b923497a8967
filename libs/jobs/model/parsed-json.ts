import { z } from 'zod';

/**
 * An object that comes from `JSON.parse`. Its values can be nothing but JSON: to check each of them (`z.json()`) would take longer
 * than to parse all else of a job.
 */
export const parsedObject = z.custom<Record<string, z.core.util.JSONType>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
);
