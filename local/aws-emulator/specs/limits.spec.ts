import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EmulatedAws, queues } from './aws-clients.js';

const parameters = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`P${index}`, { Type: 'String', Default: 'x' }]));
const tags = (count: number): { Key: string; Value: string }[] =>
  Array.from({ length: count }, (_, index) => ({ Key: `key-${index}`, Value: 'x' }));

describe("CloudFormation's documented limits", () => {
  let aws: EmulatedAws;
  beforeAll(async () => {
    aws = await EmulatedAws.start();
  });
  afterAll(async () => {
    await aws.stop();
  });

  it.each([
    ['a body of 51,201 bytes', { TemplateBody: JSON.stringify(queues('big')).padEnd(51_201) }, /51200/],
    ['a template that is not well-formed', { TemplateBody: 'Resources: [' }, /not well-formed/],
    [
      '201 parameters',
      { TemplateBody: JSON.stringify({ ...queues('many'), Parameters: parameters(201) }) },
      /maximum allowed, 200/,
    ],
    [
      'a logical ID with a hyphen',
      { TemplateBody: JSON.stringify({ Resources: { 'a-b': { Type: 'AWS::SQS::Queue' } } }) },
      /non alphanumeric/,
    ],
    ['a template without resources', { TemplateBody: JSON.stringify({ Resources: {} }) }, /At least one Resources/],
    [
      'a reference to nothing',
      { TemplateBody: JSON.stringify({ ...queues('ref'), Outputs: { A: { Value: { Ref: 'Nope' } } } }) },
      /Unresolved resource dependencies \[Nope\] in the Outputs block/,
    ],
    [
      'a number that JSON does not have',
      { TemplateBody: JSON.stringify({ ...queues('nan'), Metadata: { A: 'x' } }).replace('"x"', 'NaN') },
      /not well-formed/,
    ],
    [
      'a null',
      { TemplateBody: JSON.stringify({ ...queues('null'), Outputs: { A: { Value: 'x', Description: null } } }) },
      /\[\/Outputs\/A\/Description\] 'null' values are not allowed/,
    ],
    ['51 tags', { Tags: tags(51) }, /less than or equal to 50/],
    [
      'an empty tag value',
      { Tags: [{ Key: 'Empty', Value: '' }] },
      /tags\.1\.member\.value.*greater than or equal to 1/,
    ],
    ['a tag key of 129 characters', { Tags: [{ Key: 'k'.repeat(129), Value: 'x' }] }, /less than or equal to 128/],
    ['a tag value of 257 characters', { Tags: [{ Key: 'k', Value: 'x'.repeat(257) }] }, /less than or equal to 256/],
    ['a tag with a comma', { Tags: [{ Key: 'k', Value: 'a,b' }] }, /regular expression pattern/],
    ['a reserved tag', { Tags: [{ Key: 'aws:x', Value: 'x' }] }, /can't start with 'aws:'/],
    ['a stack name of 129 characters', { StackName: 'a'.repeat(129) }, /less than or equal to 128/],
    ['a stack name that begins with a digit', { StackName: '1-a' }, /regular expression pattern/],
    [
      'a parameter that the template does not declare',
      { Parameters: [{ ParameterKey: 'X', ParameterValue: '1' }] },
      /do not exist/,
    ],
  ])('rejects %s', async (_what, input, message) => {
    await expect(aws.create('limits-1', queues('limits'), input)).rejects.toMatchObject({
      message: expect.stringMatching(message),
    });
    await expect(aws.statusOf('limits-1')).rejects.toThrow(/does not exist/);
  });

  it.each([
    ['a missing value', {}, [], /\[Value\] must have values/],
    ['4,097 bytes', {}, ['x'.repeat(4097)], /at most 4096/],
    ['a value that is not allowed', { AllowedValues: ['a', 'b'] }, ['c'], /AllowedValues/],
    ['a number with letters', { Type: 'Number' }, ['many'], /must be a number/],
  ])('rejects %s for a parameter', async (_what, declared, [ParameterValue], message) => {
    const template = { ...queues('value'), Parameters: { Value: { Type: 'String', ...declared } } };
    const given = ParameterValue === undefined ? [] : [{ ParameterKey: 'Value', ParameterValue }];
    await expect(aws.create('value-1', template, { Parameters: given })).rejects.toMatchObject({
      message: expect.stringMatching(message),
    });
  });

  it('accepts the largest values', async () => {
    const template = { ...queues('fits'), Parameters: parameters(200) };
    await aws.create('fits-1', template, {
      TemplateBody: JSON.stringify(template).padEnd(51_200),
      Tags: tags(50),
      Parameters: [{ ParameterKey: 'P0', ParameterValue: 'x'.repeat(4096) }],
    });
    expect(await aws.statusOf('fits-1')).toBe('CREATE_COMPLETE');
  });

  it('demands an acknowledgement for IAM resources, for updates too', async () => {
    const role = { Type: 'AWS::IAM::Role', Properties: { RoleName: 'worker', AssumeRolePolicyDocument: {} } };
    const template = { Resources: { Role: role } };
    const Capabilities: ['CAPABILITY_NAMED_IAM'] = ['CAPABILITY_NAMED_IAM'];
    await expect(aws.create('iam-1', template)).rejects.toMatchObject({ name: 'InsufficientCapabilitiesException' });
    await expect(aws.create('iam-1', template, { Capabilities: ['CAPABILITY_IAM'] })).rejects.toThrow(/NAMED_IAM/);
    await aws.create('iam-1', template, { Capabilities });
    const changed = { Resources: { ...template.Resources, ...queues('iam').Resources } };
    await expect(aws.update('iam-1', changed)).rejects.toThrow(/Requires capabilities/);
    await aws.update('iam-1', changed, { Capabilities });
    expect(await aws.statusOf('iam-1')).toBe('UPDATE_COMPLETE');
  });
});
