import { describe, expect, it } from '@jest/globals';
import { isProtected, parsePolicy } from './stack-policy.js';

const RECORD = { logicalId: 'AppMainDomain', type: 'AWS::Route53::RecordSet', physicalId: 'app.example.org' };
const ALLOW = { Effect: 'Allow', Principal: '*', Action: 'Update:*', Resource: '*' };
const KEEP = { ...ALLOW, Effect: 'Deny', Action: ['Update:Replace', 'Update:Delete'] };
const isDenied = (...Statement: readonly object[]): boolean =>
  isProtected(parsePolicy(JSON.stringify({ Statement })) ?? [], RECORD);

describe('a stack policy', () => {
  it.each<[string, readonly object[], boolean]>([
    ['allows all', [ALLOW], false],
    ['has no statement', [], true],
    ['denies all', [ALLOW, { ...ALLOW, Effect: 'Deny' }], true],
    ['denies the resource', [ALLOW, { ...ALLOW, Effect: 'Deny', Resource: 'LogicalResourceId/App*Domain' }], true],
    ['denies another', [ALLOW, { ...ALLOW, Effect: 'Deny', Resource: ['LogicalResourceId/Database'] }], false],
    ['denies a deletion', [ALLOW, KEEP], false],
    ['denies all but', [ALLOW, { ...ALLOW, Effect: 'Deny', NotResource: 'LogicalResourceId/AppMainDomain' }], false],
    ['allows all but', [{ Effect: 'Allow', Principal: '*', NotAction: 'Update:Modify', Resource: '*' }], true],
    [
      'denies a type',
      [ALLOW, { ...ALLOW, Effect: 'Deny', Condition: { StringEquals: { ResourceType: [RECORD.type] } } }],
      true,
    ],
    [
      'denies another type',
      [ALLOW, { ...ALLOW, Effect: 'Deny', Condition: { StringLike: { ResourceType: 'AWS::RDS::*' } } }],
      false,
    ],
  ])('that %s', (_what, statements, denied) => {
    expect(isDenied(...statements)).toBe(denied);
  });

  it('denies a deletion alone', () => {
    const policy = parsePolicy(JSON.stringify({ Statement: [ALLOW, KEEP] })) ?? [];
    expect(isProtected(policy, RECORD, 'Update:Delete')).toBe(true);
    expect(isProtected(policy, RECORD, 'Update:Modify')).toBe(false);
  });

  const conditional = JSON.stringify({
    Statement: [ALLOW, { ...ALLOW, Effect: 'Deny', Condition: { StringNotEquals: { ResourceType: RECORD.type } } }],
  });
  it.each(['', 'no JSON', '{"Statement": [{"Effect": "Maybe"}]}', conditional])(
    'that cannot be read (%j) is none',
    (body) => {
      expect(parsePolicy(body)).toBeNull();
    },
  );
});
