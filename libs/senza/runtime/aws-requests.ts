import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';

/** A request of a command to AWS; each retry is a request of its own. */
export interface SenzaAwsRequest {
  /** `CloudFormation`, `Route 53`...; `other` for services that Senza does not use today. */
  readonly service: string;
  /** `DescribeStacks`... */
  readonly operation: string;
  /** The HTTP status; null when AWS has not answered. */
  readonly status: number | null;
  /** The code that AWS has answered with, for instance `Throttling`. */
  readonly error: string | null;
  /** In ms since the epoch. */
  readonly startedAt: number;
  readonly milliseconds: number;
}

/** lizzy_runtime/aws_requests.py reports no more. */
const MAX_REQUESTS = 500;
/** A request takes some 150 bytes. */
const MAX_BYTES = 256 * 1024;

/** The names of AWS by the words in botocore's events (`service_id` of its models with hyphens). */
const SERVICES = new Map([
  ['acm', 'ACM'],
  ['auto-scaling', 'Auto Scaling'],
  ['cloudformation', 'CloudFormation'],
  ['ec2', 'EC2'],
  ['elastic-load-balancing', 'Elastic Load Balancing'],
  ['elastic-load-balancing-v2', 'Elastic Load Balancing v2'],
  ['iam', 'IAM'],
  ['route-53', 'Route 53'],
  ['s3', 'S3'],
  ['sns', 'SNS'],
  ['sts', 'STS'],
]);

const requestSchema = z
  .object({
    service: z.string().transform((name) => SERVICES.get(name) ?? 'other'),
    operation: z.string().regex(/^[A-Z][A-Za-z0-9]{1,63}$/),
    status: z.int().min(100).max(599).nullable(),
    error: z.string().max(64).nullable(),
    started_at: z.number().nonnegative(),
    seconds: z.number().nonnegative(),
  })
  .transform(({ started_at: startedAt, seconds, ...request }): SenzaAwsRequest => {
    return { ...request, startedAt: startedAt * 1000, milliseconds: seconds * 1000 };
  });
const reportSchema = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.array(requestSchema).max(MAX_REQUESTS));

/** The requests that a command has reported in a file. Never rejects: none when there is no report, or not a valid one. */
export async function readAwsRequests(path: string): Promise<readonly SenzaAwsRequest[]> {
  try {
    const { buffer, bytesRead } = await readStart(path);
    return bytesRead > MAX_BYTES ? [] : reportSchema.parse(buffer.toString('utf8', 0, bytesRead));
  } catch {
    return [];
  }
}

/** Reads one byte more than a report may have. */
async function readStart(path: string): Promise<{ readonly buffer: Buffer; readonly bytesRead: number }> {
  // A link leads elsewhere, and opening a pipe could wait without end.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return await handle.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0);
  } finally {
    await handle.close();
  }
}
