// Characters that JSON leaves as they are and PyYAML refuses or takes for a line break.
const TO_ESCAPE = /[\u007f-\u009f\u2028\u2029\ufeff]/g;

/**
 * The text of Senza's `--parameter-file`: a YAML mapping of quoted strings, so that `1.10`, `yes` and `@x` stay what
 * they are (`read_parameter_file` in Senza's cli.py formats what YAML made of them).
 */
export function parameterFile(parameters: ReadonlyMap<string, string>): string {
  return [...parameters].map(([name, value]) => `${quote(name)}: ${quote(value)}\n`).join('');
}

function quote(text: string): string {
  return JSON.stringify(text).replace(
    TO_ESCAPE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
