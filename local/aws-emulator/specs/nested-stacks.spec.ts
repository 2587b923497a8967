import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EmulatedAws, queues } from './aws-clients.js';

describe('nested stacks', () => {
  let aws: EmulatedAws;
  beforeAll(async () => {
    aws = await EmulatedAws.start();
    await put('/templates', '');
  });
  afterAll(async () => {
    await aws.stop();
  });

  /** S3 without its SDK; the emulator checks no signatures. */
  async function put(path: string, body: string): Promise<void> {
    const Authorization = `AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x`;
    const response = await fetch(`${aws.emulator.url}${path}`, { method: 'PUT', headers: { Authorization }, body });
    expect({ path, status: response.status, body: await response.text() }).toMatchObject({ status: 200 });
  }
  async function parent(nested: object): Promise<object> {
    await put('/templates/nested.json', JSON.stringify(nested));
    const TemplateURL = 'https://templates.s3.amazonaws.com/nested.json';
    return { Resources: { Inner: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL } } } };
  }

  it('is created with its parent', async () => {
    await aws.create('outer-1', await parent(queues('inner')));
    expect(await aws.statusOf('outer-1')).toBe('CREATE_COMPLETE');
    const names = (await aws.listed()).map(({ StackName }) => StackName);
    expect(names).toContainEqual(expect.stringMatching(/^outer-1-Inner-/));
  });

  it('fails its parent, which names the reason', async () => {
    await aws.create('outer-2', await parent(queues('not valid!')));
    expect(await aws.statusOf('outer-2')).toBe('ROLLBACK_COMPLETE');
    const failed = (await aws.eventsOf('outer-2')).find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED');
    expect(failed).toMatchObject({
      LogicalResourceId: 'Inner',
      PhysicalResourceId: expect.stringMatching(/^arn:aws:cloudformation:.*:stack\/outer-2-Inner-/),
      ResourceStatusReason: expect.stringMatching(/Embedded stack arn:.* was not successfully created.*Queue0/),
    });
  });
});
