import { z } from 'zod';

const fieldError = z
  .object({
    pointer: z
      .string()
      .meta({ description: 'Where: a JSON pointer (RFC 6901) into the body or the query; empty: all of it.' }),
    detail: z.string().meta({ description: 'Why.' }),
  })
  .meta({ id: 'FieldError', description: 'A field of the request that is wrong.' });

/** A problem document (RFC 9457). */
export const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: 'Which kind of problem this is; stable, for programs.' }),
    title: z.string().meta({ description: 'The kind of problem in words; the same for each of its kind.' }),
    status: z.int().meta({ description: 'The HTTP status.' }),
    detail: z.string().meta({ description: 'What is wrong this time.' }),
    instance: z.string().optional().meta({ description: 'The id of the request, as in `X-Request-Id`.' }),
    errors: z.array(fieldError).optional().meta({ description: 'Every wrong field of the request.' }),
  })
  .meta({
    id: 'Problem',
    description: 'What went wrong (RFC 9457). Some kinds have further members, for instance `job_id`.',
    examples: [
      {
        type: 'urn:lizzy:problem:invalid-request',
        title: 'Invalid request',
        status: 400,
        detail: 'The request has 1 wrong field',
        instance: '0d9c0d4b-55d5-4b50-9a3a-2f6d9f1f8a11',
        errors: [{ pointer: '/stack_version', detail: 'must be 1 to 100 letters and digits' }],
      },
    ],
  });
