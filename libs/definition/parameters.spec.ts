import { describe, expect, it } from '@jest/globals';
import { bindParameters, secretsOf } from './parameters.js';
import { parseDefinition } from './parse-definition.js';

const definition = parseDefinition(`SenzaInfo:
  StackName: hello
  Parameters:
    - ImageVersion: {}
    - Password: {NoEcho: true}
    - Size: {Default: 1}
    - constructor: {Default: ""}
`);

describe('values for the parameters of a definition', () => {
  it.each([
    ['by position', ['1.0', 'pw'], { ImageVersion: '1.0', Password: 'pw' }],
    ['by name', ['Password=a=b', 'ImageVersion='], { Password: 'a=b', ImageVersion: '' }],
    [
      'positional first, then named',
      ['1.0', 'Size=3', 'Password=pw'],
      { ImageVersion: '1.0', Size: '3', Password: 'pw' },
    ],
    [
      'by the name of a property of every object',
      ['1', '2', 'constructor=x'],
      { ImageVersion: '1', Password: '2', constructor: 'x' },
    ],
  ])('are matched %s', (_, values, expected) => {
    expect([...bindParameters(definition, values)].sort()).toEqual(Object.entries(expected).sort());
  });

  it.each([
    [
      'too_many_parameters',
      'Too many parameters given. Need only: "ImageVersion Password Size constructor"',
      ['1', '2', '3', '4', '5'],
      4,
    ],
    [
      'positional_after_named',
      'Positional parameters must not follow keywords. Move the values without a name to the front',
      ['ImageVersion=1', '2'],
      1,
    ],
    [
      'unknown_parameter',
      'Unrecognized keyword parameter: "toString". The definition has only: "ImageVersion Password Size constructor"',
      ['1', '2', 'toString=3'],
      2,
    ],
    [
      'repeated_parameter',
      'Parameter specified multiple times: "ImageVersion". Pass one value for it',
      ['1', 'ImageVersion=2'],
      1,
    ],
    [
      'missing_parameter',
      'Missing parameter "Password". Need: "ImageVersion Password Size constructor". Pass "Password=VALUE"',
      ['1'],
      undefined,
    ],
    [
      'template_partial',
      'Mustache partials ({{> ...}}) and delimiters ({{= ...}}) are not allowed: remove them',
      ['1', '{{>x}}'],
      1,
    ],
  ])('are rejected with a code: %s', (code, message, values, index) => {
    const wanted = expect.objectContaining({ code, message, index, subject: 'parameters' });
    expect(() => bindParameters(definition, values)).toThrow(wanted);
  });

  it('are secret when the parameter is hidden, by default too', () => {
    expect(secretsOf(definition, bindParameters(definition, ['1.0', 'pw']))).toEqual(['pw']);
    const byDefault = parseDefinition('SenzaInfo: {StackName: a, Parameters: [{P: {NoEcho: yes, Default: hush}}]}');
    expect(secretsOf(byDefault, bindParameters(byDefault, []))).toEqual(['hush']);
  });
});
