/** How deep objects and lists of a request can be nested. Those of the API are nested three levels deep. */
const DEPTH_LIMIT = 32;
/** How many values, objects and lists a request can have; a deployment has at most some hundred. */
const VALUES_LIMIT = 10_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = [0x5b, 0x7b];
const CLOSING = [0x5d, 0x7d];

/**
 * Why a JSON text is not parsed; null when it is. To parse and check a megabyte of brackets or commas blocks the event loop for some
 * tenths of a second; this check takes some milliseconds. Texts that are not JSON are left to the parser.
 */
export function jsonLimitProblem(text: string): string | null {
  let depth = 0;
  let values = 1;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfString(text, index);
    else if (CLOSING.includes(code)) depth -= 1;
    else if (code === COMMA || OPENING.includes(code)) {
      values += 1;
      if (code !== COMMA) depth += 1;
      if (depth > DEPTH_LIMIT) return `The body is nested more than ${DEPTH_LIMIT} levels deep`;
      if (values > VALUES_LIMIT) return `The body has more than ${VALUES_LIMIT.toLocaleString('en')} values`;
    }
  }
  return null;
}

/** @returns the position of its last quotation mark, or the end of the text */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text.charCodeAt(index) !== QUOTE) {
    index += text.charCodeAt(index) === BACKSLASH ? 2 : 1;
  }
  return index;
}
