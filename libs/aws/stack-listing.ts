import { type AwsReader } from './reader.js';
import { type StackSummary, STACK_STATUSES } from './stacks.js';
import { z } from 'zod';
import { AWS_ERROR_CODES, AwsError } from './errors.js';

/** How old a listing may be. */
export interface ListingFreshness {
  /** How long ago the AWS call may have started, in ms. */
  readonly maxAgeMs: number;
  /** The earliest start of the AWS call, in ms since the epoch by Redis's clock. */
  readonly minStartedAt?: number;
  /** Accept a listing from before the last change in the region; `minStartedAt` is all that matters then. */
  readonly ignoreInvalidation?: boolean;
}

/** A listing, and when its AWS call started, in ms since the epoch by Redis's clock. */
export interface Listing {
  readonly stacks: readonly StackSummary[];
  readonly startedAt: number;
}

/** Where processes share listings: `SharedCache` of libs/redis with `listingCodec`. */
export interface SharedListings {
  get(
    region: string,
    freshness: ListingFreshness,
    load: () => Promise<StackSummary[]>,
    signal?: AbortSignal,
  ): Promise<{ readonly value: StackSummary[]; readonly startedAt: number }>;
  invalidate(region: string): Promise<void>;
}

/** One listing of stacks per region for all processes, however many jobs and readers request it. */
export class StackListing {
  constructor(
    private readonly shared: SharedListings,
    private readonly reader: Pick<AwsReader, 'listStacks'>,
  ) {}

  /**
   * A listing whose call is not older than requested, and started after the last `invalidate` of the region.
   *
   * @throws AwsError, also when another process has made the call; the signal's reason; errors of the store
   */
  async get(region: string, freshness: ListingFreshness, signal?: AbortSignal): Promise<Listing> {
    const { value, startedAt } = await this.shared.get(region, freshness, () => this.reader.listStacks(region), signal);
    return { stacks: value, startedAt };
  }

  /**
   * To be called right before and right after each change of a stack: before, because cached listings are about to be wrong; after,
   * because a listing may have been loaded during the change.
   */
  async invalidate(region: string): Promise<void> {
    await this.shared.invalidate(region);
  }
}

const storedDate = z.iso.datetime().transform((text) => new Date(text));

const storedListing: z.ZodType<StackSummary[]> = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    status: z.enum([...STACK_STATUSES, 'UNKNOWN']),
    statusReason: z.string().nullable(),
    createdAt: storedDate,
    // Absent in a listing that an earlier version has stored.
    updatedAt: storedDate.nullish().transform((date) => date ?? null),
    description: z.string().nullable(),
  }),
);

const storedError = z.object({ code: z.enum(AWS_ERROR_CODES), message: z.string() });

/** Encodes a listing or an error for the processes that wait for the one that called AWS. */
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
