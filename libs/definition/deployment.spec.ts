import { describe, expect, it } from '@jest/globals';
import { type DeploymentRequest, resolveDeployment } from './deployment.js';
import { parseDefinition } from './parse-definition.js';

const REQUEST: DeploymentRequest = { version: '1', region: 'eu-west-1', parameters: [], tags: [], agentTags: 5 };
const tagsOf = (count: number, indent: string): string =>
  Array.from({ length: count }, (_, index) => `${indent}t${index}: x\n`).join('');

describe('a deployment', () => {
  it('has the rendered name, the values, and what must not be shown', () => {
    const definition = parseDefinition(`SenzaInfo:
  StackName: "{{Arguments.Id}}"
  Parameters:
    - Id: {}
    - Password: {NoEcho: true, Default: hush}
    - Pin: {}
Parameters: {Pin: {Type: String, NoEcho: true}}
`);
    const deployment = resolveDeployment(definition, { ...REQUEST, parameters: ['web', 'swordfish', '1234'] });
    expect(deployment).toMatchObject({ stackName: 'web', secrets: ['swordfish', 'hush', '1234'] });
    expect(deployment.senzaYaml).toMatch(/^Description: "web"\n/);
    expect(Object.fromEntries(deployment.parameters)).toEqual({ Id: 'web', Password: 'swordfish', Pin: '1234' });
  });

  it('has 50 tags at most, with those of Senza and of the agent', () => {
    const definition = parseDefinition(`SenzaInfo:\n  StackName: a\n  Tags:\n${tagsOf(40, '    ')}`);
    expect(() => resolveDeployment(definition, { ...REQUEST, tags: ['a=1', 'b=2'] })).not.toThrow();
    expect(() => resolveDeployment(definition, { ...REQUEST, tags: ['a=1', 'b=2', 'c=3'] })).toThrow(
      expect.objectContaining({ code: 'too_many_tags', subject: 'tags', message: expect.stringContaining('have 51') }),
    );
  });

  it('has each tag once, from the definition or from the request', () => {
    const definition = parseDefinition('SenzaInfo: {StackName: a, Tags: {Team: x}}');
    expect(() => resolveDeployment(definition, { ...REQUEST, tags: ['Team=x'] })).toThrow(
      expect.objectContaining({ code: 'invalid_tags', subject: 'tags', message: expect.stringContaining('"Team"') }),
    );
  });

  it('has 200 parameters at most', () => {
    const parameters = Array.from({ length: 201 }, (_, index) => `    - P${index}: {}\n`).join('');
    const text = `SenzaInfo:\n  StackName: a\n  Parameters:\n${parameters}`;
    expect(() => parseDefinition(text)).toThrow(expect.objectContaining({ code: 'too_many_parameters' }));
  });
});
