import { z } from 'zod';

/** The weights of one domain, in percent by record identifier (usually `NAME-VERSION`). */
export const domainShares = z.object({ domain: z.string(), weights: z.record(z.string(), z.number()) });
export type DomainShares = z.infer<typeof domainShares>;
