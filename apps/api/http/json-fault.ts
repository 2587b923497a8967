/** What a JSON text must have at a place. */
type Expected = 'value' | 'name' | 'colon' | 'comma';

const PRIMITIVE = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const BLANK = /[ \t\r\n]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Where a text that is not JSON (RFC 8259) has its first mistake, and what belongs there. The errors of `JSON.parse` quote the text, in which
 * there can be secrets, and many of them have no place.
 */
export function jsonFault(text: string): string {
  const closing: string[] = [];
  let expected: Expected = 'value';
  /** After an opening bracket, which can be closed at once. */
  let isFirst = false;
  let index = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  const fault = (what: string, at = index): string => `The body is not valid JSON${placeOf(text, at)}: ${what}`;
  for (;;) {
    index = endOf(BLANK, text, index) ?? index;
    const char = text[index];
    const last = closing.at(-1);
    if (char === undefined) return fault(last === undefined ? 'it ends too early' : `"${last}" is missing at its end`);
    if (char === last && (expected === 'comma' || isFirst)) {
      closing.pop();
      index += 1;
      [expected, isFirst] = ['comma', false];
    } else if (expected === 'comma') {
      if (last === undefined) return fault('nothing may follow the end of the object');
      if (char !== ',') return fault(`"," or "${last}" is missing before this place`);
      index += 1;
      expected = last === '}' ? 'name' : 'value';
    } else if (expected === 'colon') {
      if (char !== ':') return fault('":" is missing before this place');
      index += 1;
      expected = 'value';
    } else if (char === '"') {
      const { end, wrong } = endOfString(text, index);
      if (wrong !== null) return fault(wrong, end);
      index = end;
      [expected, isFirst] = [expected === 'name' ? 'colon' : 'comma', false];
    } else if (expected === 'name') return fault('the name of a field must stand here, in "double quotes"');
    else if (char === '{' || char === '[') {
      closing.push(char === '{' ? '}' : ']');
      index += 1;
      [expected, isFirst] = [char === '{' ? 'name' : 'value', true];
    } else {
      const end = endOf(PRIMITIVE, text, index);
      if (end === null) return fault('a value must stand here; texts are in "double quotes"');
      index = end;
      [expected, isFirst] = ['comma', false];
    }
  }
}

/** @returns the position after its last quotation mark, or that of what is wrong */
function endOfString(text: string, start: number): { readonly end: number; readonly wrong: string | null } {
  let index = start + 1;
  for (;;) {
    const char = text[index];
    if (char === undefined) return { end: start, wrong: 'the quotation mark after this text is missing' };
    if (char === '"') return { end: index + 1, wrong: null };
    if (char < ' ') return { end: index, wrong: 'a line break or tab in a text must be written as \\n or \\t' };
    const end = char === '\\' ? endOf(ESCAPE, text, index) : index + 1;
    if (end === null)
      return { end: index, wrong: 'this is no escape sequence; a backslash in a text is written as \\\\' };
    index = end;
  }
}

/** The end of what the pattern matches at this place; null when it does not. */
function endOf(pattern: RegExp, text: string, index: number): number | null {
  pattern.lastIndex = index;
  return pattern.test(text) ? pattern.lastIndex : null;
}

function placeOf(text: string, index: number): string {
  const before = text.slice(0, index).split('\n');
  return ` (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`;
}
