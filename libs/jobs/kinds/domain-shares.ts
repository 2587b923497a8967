import { z } from 'zod';

/** The weights of one domain, in percent by record identifier (usually `NAME-VERSION`). */
export const domainShares = z.object({
  domain: z.string(),
  variant: z.string().nullable().default(null).meta({
    description: 'Which records of the domain these are (`AAAA`), where its A and AAAA records differ; else null.',
  }),
  weights: z.record(z.string(), z.number()),
});
export type DomainShares = z.infer<typeof domainShares>;

/** A weighted record set that belongs to no version of the application: as Route 53 returned it, and its hosted zone. */
export const unownedRecord = z.object({ zone: z.string(), record: z.record(z.string(), z.json()) });
export type UnownedRecord = z.infer<typeof unownedRecord>;
