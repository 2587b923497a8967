import { type AwsError } from '#aws';
import { JobFailure } from '#jobs';
import { type Surroundings } from './step-context.js';

/**
 * Tells a look that failed because there is no such region from an AWS that is away: waiting never mends the former.
 * @returns `invalid_request` with Senza's words as `output`; null when Senza knows the region
 */
export async function unknownRegion(
  { regions }: Pick<Surroundings, 'regions'>,
  region: string,
  error: AwsError,
): Promise<JobFailure | null> {
  if (error.code === 'throttled') return null;
  const output = await regions.refusalOf(region);
  if (output === null) return null;
  return new JobFailure('invalid_request', `Senza knows no region ${region}.`, { region, output }, { cause: error });
}
