import { describe, expect, it } from '@jest/globals';
import { DefinitionError } from './errors/definition-error.js';
import { parseDefinition } from './parse-definition.js';
import { DEFINITION_CASES } from './reference/definition-cases.fixture.js';
import { STRICTER_CASES } from './reference/stricter-cases.fixture.js';

function failureOf(text: string): DefinitionError {
  try {
    parseDefinition(text);
  } catch (error) {
    if (error instanceof DefinitionError) return error;
    throw error;
  }
  throw new Error('The definition was accepted');
}

const named = (name: string): string => `SenzaInfo:\n  StackName: ${name}\n`;

describe('a definition', () => {
  it('has the name of its stack and its parameters', () => {
    const text = `SenzaInfo:
  StackName: hello
  Parameters:
    - ImageVersion: {Description: "Version"}
    - Secret: {NoEcho: true, Default: s3cret}
Description: greets
`;
    expect(parseDefinition(text)).toMatchObject({
      text,
      stackName: 'hello',
      parameters: [
        { name: 'ImageVersion', position: 0, hasDefault: false, defaultValue: null, noEcho: false },
        { name: 'Secret', position: 1, hasDefault: true, defaultValue: 's3cret', noEcho: true },
      ],
      hasNoEcho: true,
      hasDescription: true,
    });
  });

  it('may be JSON', () => {
    expect(parseDefinition('{"SenzaInfo": {"StackName": "hello"}}').stackName).toBe('hello');
  });

  it.each([
    ['a description', 'Description: "x {{{Arguments.P}}}"\n', '/Description'],
    ['a description by way of SenzaInfo', 'Description: "{{SenzaInfo.Deep.Text}}"\n', '/Description'],
    ['the name of a resource', 'Resources: {"A{{Arguments.P}}": {Type: a}}\n', '/Resources/A{{Arguments.P}}'],
    ['the type of a resource', 'Resources: {A: {Type: "AWS::{{Arguments.P}}"}}\n', '/Resources/A/Type'],
    [
      'the domain of a record',
      'Resources: {A: {Type: "AWS::Route53::RecordSet", Properties: {Name: "{{Arguments.P}}.example.org"}}}\n',
      '/Resources/A/Properties/Name',
    ],
    [
      'the domain of a load balancer',
      'SenzaComponents: [{A: {Type: "a::b", MainDomain: "{{Arguments.P}}.example.org"}}]\n',
      '/SenzaComponents/0/A/MainDomain',
    ],
    [
      'a part of a domain',
      'SenzaComponents: [{A: {Type: "a::b", Domains: {M: {Subdomain: "{{Arguments.P}}"}}}}]\n',
      '/SenzaComponents/0/A/Domains/M/Subdomain',
    ],
    [
      'the name of a component',
      'SenzaComponents: [{"{{Arguments.P}}": {Type: "a::b"}}]\n',
      '/SenzaComponents/0/{{Arguments.P}}',
    ],
    ['a tag', '  Tags: [{Owner: "{{Arguments.P}}"}]\n', '/SenzaInfo/Tags/0/Owner'],
    ['an output', 'Outputs: {A: {Value: "x{{Arguments.P}}"}}\n', '/Outputs/A/Value'],
    [
      'the description of an output',
      'Outputs: {A: {Value: a, Description: "{{Arguments.P}}"}}\n',
      '/Outputs/A/Description',
    ],
    [
      'an output with Ref',
      'Outputs: {A: {Value: {"Fn::Join": ["", [a, {Ref: P}]]}}}\n',
      '/Outputs/A/Value/Fn::Join/1/1/Ref',
    ],
    ['an output with Fn::Sub', 'Outputs: {A: {Value: {"Fn::Sub": "a:${P}"}}}\n', '/Outputs/A/Value/Fn::Sub'],
    [
      'an output with Fn::Sub and a map',
      'Outputs: {A: {Value: {"Fn::Sub": ["${P}${B}", {B: b}]}}}\n',
      '/Outputs/A/Value/Fn::Sub/0',
    ],
  ])('with a secret in %s is rejected, since that is shown', (_what, rest, pointer) => {
    const info = '  Parameters: [{P: {NoEcho: true}}]\n  Deep: {Text: "{{Arguments.P}}"}\n';
    expect(failureOf(`${named('a')}${info}${rest}`)).toMatchObject({
      pointer,
      message: expect.stringContaining('uses the parameter "P"'),
    });
  });

  it('may show what only looks like a secret', () => {
    const info = '  Parameters: [{P: {NoEcho: true}}, {Q: {}}]\n  Tags: [{Owner: "{{Arguments.Q}}"}]\n';
    const outputs = 'Outputs: {P: {Value: {"Fn::Sub": "${!P}${Q}P"}}, R: {Value: {Ref: Q}, Export: {Name: P}}}\n';
    expect(parseDefinition(`${named('a')}${info}${outputs}`).hasNoEcho).toBe(true);
  });

  it.each([
    ['merges', 'Base: &base {StackName: merged}\nSenzaInfo:\n  <<: *base\n', 'merged'],
    [
      'lets explicit keys win over merges',
      'Base: &base {StackName: merged}\nSenzaInfo:\n  StackName: own\n  <<: *base\n',
      'own',
    ],
    ['takes the last of equal keys', 'SenzaInfo:\n  StackName: one\n  StackName: two\n', 'two'],
    ['takes y for a string', named('y'), 'y'],
    ['keeps to YAML 1.1 whatever the directive says', `%YAML 1.2\n---\n${named('"yes"')}`, 'yes'],
  ])('is read as PyYAML reads it: %s', (_, text, stackName) => {
    expect(parseDefinition(text).stackName).toBe(stackName);
  });

  it('includes hidden parameters of the template', () => {
    const declared = `${named('a')}  Parameters: [{Password: {}}]\n`;
    expect(parseDefinition(`${declared}Parameters: {Password: {NoEcho: "True"}}`).hasNoEcho).toBe(true);
    expect(parseDefinition(`${declared}Parameters: {Password: {NoEcho: "false"}}`).hasNoEcho).toBe(false);
  });

  it('may use aliases as long as their expansion stays small', () => {
    const uses = Array.from({ length: 5000 }, () => '  - *env\n').join('');
    expect(parseDefinition(`${named('a')}Env: &env {A: 1}\nUses:\n${uses}`).stackName).toBe('a');
  });
});

describe('a definition that does not parse', () => {
  it.each([
    ['an open bracket', 'SenzaInfo:\n  StackName: [\n', { line: 2, column: 14 }],
    ['a tag of CloudFormation, which PyYAML does not know', `${named('a')}X: !Ref Y\n`, { line: 3, column: 4 }],
    ['a second document', `${named('a')}---\n${named('b')}`, { line: 3, column: 1 }],
    ['an alias without an anchor', `${named('a')}X: *nope\n`, { line: 3, column: 4 }],
    ['a merge of a text', `${named('a')}X: {<<: y}\n`, { line: 3, column: 9 }],
    ['an anchor that is used twice', `${named('a')}X: &x 1\nY: &x 2\n`, { line: 4, column: 4 }],
    ['a value that contains itself', `${named('a')}X: &x [*x]\n`, { line: 3, column: 8 }],
    ['a tab', `${named('a')}\tX: 1\n`, { line: 3, column: 1 }],
    ['a control character', `${named('a')}X: "\u0007"\n`, { line: 3, column: 5 }],
  ])('is rejected with line and column: %s', (_, text, position) => {
    expect(failureOf(text)).toMatchObject({ code: 'invalid_yaml', position });
  });

  it.each(['\u2028', '\u2029', '\u0085', '\r'])(
    'cannot hide a second StackName from us behind a line break of YAML 1.1 (%j)',
    (lineBreak) => {
      expect(failureOf(`SenzaInfo:\n  StackName: one #${lineBreak}  StackName: two\n`).code).toBe('invalid_yaml');
    },
  );

  it('is rejected when its aliases expand too much', () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const uses = Array.from({ length: 9 }, () => `*l${level}`).join(', ');
      return `L${level + 1}: &l${level + 1} [${uses}]\n`;
    });
    const failure = failureOf(`${named('a')}L0: &l0 [lol]\n${levels.join('')}`);
    expect(failure).toMatchObject({ code: 'too_complex', position: { line: 8 } });
  });

  it('is rejected when it has too many anchors', () => {
    const text = (count: number): string => {
      const items = Array.from({ length: count }, (_, index) => `  - &a${index} x\n`);
      return `${named('a')}Anchors:\n${items.join('')}`;
    };
    expect(parseDefinition(text(500)).stackName).toBe('a');
    const failure = failureOf(text(501));
    expect(failure).toMatchObject({ code: 'too_complex', position: { line: 504, column: 5 } });
    expect(failure.message).toContain('The definition has more than 500 anchors (&)');
  });

  it('is rejected when it is nested too deeply', () => {
    expect(failureOf('['.repeat(200_000)).code).toBe('too_complex');
  });
});

describe('a definition that Senza or the agent cannot use', () => {
  it.each([
    ['not_a_mapping', 'The definition must be a mapping', ''],
    ['not_a_mapping', 'The definition must be a mapping', '- a\n'],
    ['not_a_mapping', 'SenzaInfo must be a mapping', 'SenzaInfo: a\n'],
    ['missing_property', "Missing property in senza yaml: 'SenzaInfo'", 'Resources: {}\n'],
    ['missing_property', "Missing property in senza yaml: 'StackName'", 'SenzaInfo: {}\n'],
    ['missing_property', "Missing property in senza yaml: 'StackName'", 'SenzaInfo: {StackName: }\n'],
    ['invalid_stack_name', 'SenzaInfo.StackName must be a string (quote it)', named('yes')],
    ['invalid_stack_name', 'SenzaInfo.StackName must be a string (quote it)', named('1')],
    [
      'invalid_stack_name',
      'SenzaInfo.StackName must begin with a letter and consist of letters, digits and hyphens',
      named('1a'),
    ],
    [
      'invalid_stack_name',
      'SenzaInfo.StackName must leave room for a version in 128 characters',
      named('a'.repeat(127)),
    ],
    [
      'invalid_parameters',
      'SenzaInfo.Parameters must be a list: write - NAME: {Description: ...}',
      `${named('a')}  Parameters: {A: {}}\n`,
    ],
    [
      'invalid_parameters',
      'The properties of parameter "A" must be a mapping: write A: {}',
      `${named('a')}  Parameters: [{A: }]\n`,
    ],
    [
      'invalid_parameters',
      'A parameter cannot be called "version", which Senza uses itself: rename it',
      `${named('a')}  Parameters: [{version: {}}]\n`,
    ],
    ['reserved_tag', 'The tag "LizzyJobId" in SenzaInfo.Tags is reserved', `${named('a')}  Tags: {LizzyJobId: x}\n`],
    [
      'reserved_tag',
      'The tag "aws:x" in SenzaInfo.Tags is reserved',
      `${named('a')}  Tags: [{Team: a}, {"aws:x": b}]\n`,
    ],
    ['reserved_tag', 'A key in SenzaInfo.Tags must not be a template', `${named('a')}  Tags: {"{{Arguments.X}}": b}\n`],
  ])('%s: %s', (code, message, text) => {
    expect(failureOf(text)).toMatchObject({ code, message });
  });

  it.each(['__proto__', '__class__', 'self', 'region'])('cannot have a parameter called %s', (name) => {
    expect(failureOf(`${named('a')}  Parameters: [{${name}: {}}]\n`).code).toBe('invalid_parameters');
  });

  it.each([...DEFINITION_CASES, ...STRICTER_CASES].filter(({ expected }) => expected !== 'accepted'))(
    'is rejected with its position and advice: $title',
    ({ text, expected, pointer }) => {
      const failure = failureOf(text);
      expect(failure).toMatchObject({ code: expected, pointer, position: { line: expect.any(Number) } });
      expect(failure.message.length).toBeLessThan(300);
    },
  );

  it.each(DEFINITION_CASES.filter(({ expected }) => expected === 'accepted'))('can be: $title', ({ text }) => {
    expect(() => parseDefinition(text)).not.toThrow();
  });
});
