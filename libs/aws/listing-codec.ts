import { z } from 'zod';
import { AWS_ERROR_CODES, AwsError } from './error.js';
import { STACK_STATUSES, type StackSummary } from './stack.js';

const storedListing: z.ZodType<StackSummary[]> = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    status: z.enum([...STACK_STATUSES, 'UNKNOWN']),
    statusReason: z.string().nullable(),
    createdAt: z.iso.datetime().transform((text) => new Date(text)),
    description: z.string().nullable(),
  }),
);

const storedError = z.object({ code: z.enum(AWS_ERROR_CODES), message: z.string() });

/** How a listing, or the error that stood in its way, travels from the process that looked to those that wait for it. */
export const listingCodec = {
  encode: (stacks: StackSummary[]): string => JSON.stringify(stacks),
  decode: (text: string): StackSummary[] => storedListing.parse(JSON.parse(text)),
  encodeError: (error: unknown): string =>
    JSON.stringify(
      error instanceof AwsError
        ? { code: error.code, message: error.message }
        : { code: 'unknown', message: String(error) },
    ),
  decodeError: (text: string): AwsError => {
    const { code, message } = storedError.parse(JSON.parse(text));
    return new AwsError(code, message);
  },
};
