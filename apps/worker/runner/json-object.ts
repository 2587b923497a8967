import { type z } from 'zod';

/** JSON that a step leaves behind, in the job's result or for the steps after it. */
export type JsonObject = Record<string, z.core.util.JSONType>;
