/** How long the header may be, in characters, which are bytes in Latin-1. */
export const OUTPUT_HEADER_LIMIT = 2048;

/** Lizzy 2's header with what Senza has said; lizzy-client fails without it. */
export const OUTPUT_HEADER = 'x-lizzy-output';

// A header's value may have these (RFC 9110, section 5.5), less C1, which nothing prints.
const NOT_LATIN_1 = /[^\t\x20-\x7e\xa0-\xff]/gu;

/**
 * Senza's output as Lizzy 2 put it into `X-Lizzy-Output`: each newline the two characters `\n`. What Latin-1 lacks
 * becomes `?`; of a long output the end is kept.
 */
export function outputHeader(output: string): string {
  const escaped = output.replace(/\r?\n/g, '\\n').replace(NOT_LATIN_1, '?');
  if (escaped.length <= OUTPUT_HEADER_LIMIT) return escaped;
  const end = escaped.slice(-OUTPUT_HEADER_LIMIT);
  const isNewlineCut = end.startsWith('n') && escaped.at(-OUTPUT_HEADER_LIMIT - 1) === '\\';
  return isNewlineCut ? end.slice(1) : end;
}
