import { describe, expect, it } from '@jest/globals';
import { AwsError, AwsReader, type FailedResource, type StackStatus, UNLIMITED } from '#aws';
import { explainedRow } from './stack-rows.js';

/** AWS as it answers for one stack. */
class OneStack extends AwsReader {
  constructor(private readonly failed: () => FailedResource[]) {
    super(UNLIMITED);
  }

  override failedResources(): Promise<FailedResource[]> {
    return new Promise((resolve) => {
      resolve(this.failed());
    });
  }
}

async function failures(status: StackStatus, failed: () => FailedResource[]) {
  const texts = { id: 'arn:shop-1', name: 'shop-1', statusReason: 'Failed to delete: [Bucket].', description: null };
  const stack = { ...texts, status, createdAt: new Date(0), updatedAt: null };
  const row = await explainedRow({ aws: new OneStack(failed) }, 'eu-west-1', stack, AbortSignal.timeout(10_000));
  return row.failed_resources;
}

const BUCKET = { resource: 'Bucket', status: 'DELETE_FAILED', reason: 'not empty' };

describe('a stack that is read', () => {
  it('names what keeps it', async () => {
    const found = await failures('DELETE_FAILED', () => [{ ...BUCKET, type: 'AWS::S3::Bucket', at: new Date(0) }]);
    expect(found).toEqual([{ ...BUCKET, resource_type: 'AWS::S3::Bucket', occurred_at: '1970-01-01T00:00:00.000Z' }]);
  });

  it('is shown with what the listing has when its events cannot be read', async () => {
    const refused = (): never => {
      throw new AwsError('refused', 'not authorized to perform: cloudformation:DescribeStackEvents');
    };
    const [failure] = (await failures('DELETE_FAILED', refused)) ?? [];
    expect(failure).toMatchObject({ resource: 'shop-1', status: 'DELETE_FAILED', occurred_at: null });
    expect(failure?.reason).toMatch(/\[Bucket\].*cannot be read: .*cloudformation:DescribeStackEvents/);
  });

  it('is not asked for failures when it has none', async () => {
    expect(
      await failures('CREATE_COMPLETE', () => {
        throw new Error('asked');
      }),
    ).toBeUndefined();
  });
});
