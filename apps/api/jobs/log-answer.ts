import { type LogEntry } from '#jobs';

/** The forms in which a log can be had. */
export const LOG_MEDIA_TYPES = { lines: 'application/x-ndjson', text: 'text/plain; charset=utf-8' } as const;

/** Where reading goes on: the cursor of the last line that is known after this answer. */
export const LOG_CURSOR_HEADER = 'x-lizzy-log-cursor';

/** Whether an `Accept` header prefers plain text to JSON (RFC 9110, section 12.5.1). */
export function prefersText(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const weights = accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    return { type, weight: Number(weight) };
  });
  const weightOf = (...types: string[]): number =>
    Math.max(0, ...weights.filter(({ type }) => types.includes(type)).map(({ weight }) => weight));
  return (
    weightOf('text/plain', 'text/*') > weightOf('application/x-ndjson', 'application/json', 'application/*', '*/*')
  );
}

/** The log as JSON, one line an object: `cursor`, `at`, `source`, `step`, `text`. */
export function logAsLines(entries: readonly LogEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

/** The log as somebody would read it. */
export function logAsText(entries: readonly LogEntry[]): string {
  return entries.map(({ text }) => `${text}\n`).join('');
}
