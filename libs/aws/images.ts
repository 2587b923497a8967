import { z } from 'zod';
import { type AwsClient } from './aws-client.js';
import { parseResponse } from './parse-response.js';

/** The channels of Taupage images that Senza knows (senza/stups/taupage.py, `CHANNELS`). */
export type ImageChannel = 'latest' | 'staging' | 'dev';

const NAME_STARTS: Readonly<Record<ImageChannel, string>> = {
  latest: 'Taupage',
  staging: 'TaupageStaging',
  dev: 'TaupageDev',
};

const image = z.object({ ImageId: z.string(), Name: z.string() });

/** The image that `senza patch --image CHANNEL` takes: the last by name, of the private ones, else of the public ones (`find_image`). */
export async function latestImage(
  access: AwsClient,
  region: string,
  channel: ImageChannel,
  signal?: AbortSignal,
): Promise<string | null> {
  const start = NAME_STARTS[channel];
  const own = await imagesNamed(access, region, { name: `${start}-AMI-*`, isPublic: false }, signal);
  const images =
    own.length > 0 ? own : await imagesNamed(access, region, { name: `${start}-Public-AMI-*`, isPublic: true }, signal);
  // By code unit, as Python compares.
  const [first, ...others] = images;
  if (first === undefined) return null;
  return others.reduce((best, candidate) => (candidate.Name >= best.Name ? candidate : best), first).ImageId;
}

async function imagesNamed(
  access: AwsClient,
  region: string,
  { name, isPublic }: { name: string; isPublic: boolean },
  signal?: AbortSignal,
): Promise<z.infer<typeof image>[]> {
  const operation = 'looking for the image';
  const { paginateDescribeImages } = await import('@aws-sdk/client-ec2');
  const filters = { name, 'is-public': String(isPublic), state: 'available', 'root-device-type': 'ebs' };
  const client = await access.clients(region).ec2();
  const Filters = Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] }));
  return await access.pages(
    { operation, signal },
    {
      paginate: (options) => paginateDescribeImages({ client }, { Filters }, options),
      itemsOf: (page) => parseResponse(operation, z.array(image), page.Images ?? []),
    },
  );
}
