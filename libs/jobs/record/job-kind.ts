import { z } from 'zod';

/** The closed list of job kinds. A kind's payload stands in `payloads/`, its steps in the worker's `kinds/`. */
export const jobKind = z.enum(['deploy', 'create_stack', 'patch_stack', 'delete_stack']);
export type JobKind = z.infer<typeof jobKind>;
