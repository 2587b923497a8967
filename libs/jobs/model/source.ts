import { z } from 'zod';

/** Where a change comes from, as its submitter described it. */
export const jobSource = z
  .object({
    commit: z.string().nullable(),
    url: z.string().nullable(),
    actor: z.string().nullable(),
    message: z.string().nullable(),
  })
  .meta({ id: 'Source', description: 'Where a change comes from, as its submitter described it.' });
export type JobSource = z.infer<typeof jobSource>;
