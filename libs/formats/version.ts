import { z } from 'zod';

/** The version of Senza or of the agent, which responses of the API have in a header field. */
export const versionSchema = z.string().regex(/^[\x21-\x7e]{1,64}$/);
