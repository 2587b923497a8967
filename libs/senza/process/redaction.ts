const MASK = '****';

/**
 * A function that masks secrets in a text: as they are, as JSON and Python write them, and as Mustache escapes them for
 * HTML. A secret of several lines is masked line by line.
 */
export function makeRedaction(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets
      .flatMap((secret) => secret.split(/[\r\n]+/))
      .flatMap((line) => [
        line,
        JSON.stringify(line).slice(1, -1),
        line.replaceAll('\\', '\\\\').replaceAll("'", "\\'"),
        escapeHtml(line),
      ])
      .filter((form) => form.trim() !== ''),
  );
  // The longest first, so that nothing is left of a secret that contains another.
  const ordered = [...forms].sort((one, other) => other.length - one.length);
  return (text) => ordered.reduce((masked, form) => masked.replaceAll(form, MASK), text);
}

// As Python's html.escape does, which pystache uses.
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#x27;');
}
