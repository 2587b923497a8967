import { describe, expect, it } from '@jest/globals';
import { definitionDigest } from './digest.js';
import { bindParameters, effectiveValues } from './parameters.js';
import { parseDefinition } from './parse-definition.js';

function digestOf(text: string, values: readonly string[] = []): string {
  const definition = parseDefinition(text);
  return definitionDigest(definition, effectiveValues(definition, bindParameters(definition, values)));
}

const TEXT = `SenzaInfo:
  StackName: a
  Parameters:
    - Size: {Default: 1}
    - Password: {NoEcho: true, Default: hush}
Resources: {Queue: {Type: AWS::SQS::Queue}, Metadata: {Type: x, List: [1, 2]}}
`;
const SAME = `# Comment
Resources:
  Metadata: {"Type": 'x', List: [1, 2]}
  Queue:
    Type: AWS::SQS::Queue
SenzaInfo: {Parameters: [{Size: {Default: 1}}, {Password: {Default: "another", NoEcho: true}}], StackName: a}
`;

describe('the digest of a deployment', () => {
  it('is a tag value of CloudFormation', () => {
    expect(digestOf(TEXT)).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('is the same for the same meaning', () => {
    expect(digestOf(SAME)).toBe(digestOf(TEXT));
    expect(digestOf(TEXT, ['1'])).toBe(digestOf(TEXT));
    expect(digestOf(TEXT, ['Size=1'])).toBe(digestOf(TEXT, ['1']));
  });

  it('does not depend on secrets', () => {
    expect(digestOf(TEXT, ['1', 'swordfish'])).toBe(digestOf(TEXT, ['1', 'open sesame']));
  });

  it('differs for a different meaning', () => {
    const others = [
      digestOf(TEXT, ['2']),
      digestOf(TEXT.replace('[1, 2]', '[2, 1]')),
      digestOf(TEXT.replace('[1, 2]', '[1, "2"]')),
      digestOf(TEXT.replace('NoEcho: true', 'NoEcho: false')),
      digestOf(TEXT.replace('StackName: a', 'StackName: b')),
    ];
    expect(new Set([digestOf(TEXT), ...others]).size).toBe(others.length + 1);
  });

  it('treats aliases as the values that they repeat', () => {
    const written = 'SenzaInfo: {StackName: a}\nA: {x: [1]}\nB: {x: [1]}\n';
    expect(digestOf('SenzaInfo: {StackName: a}\nA: &a {x: [1]}\nB: *a\n')).toBe(digestOf(written));
  });
});
