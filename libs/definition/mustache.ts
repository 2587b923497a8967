import { type DefinitionErrorCode } from './errors/definition-error.js';

/** A Mustache tag of a text: `{{name}}`, `{{{name}}}`, `{{#name}}` and the like. */
export interface MustacheTag {
  /** `#` and `^` begin a section, `/` ends it. */
  readonly type: 'variable' | '#' | '^' | '/';
  readonly name: string;
}

/** What is wrong with a tag. */
export interface MustacheProblem {
  readonly code: DefinitionErrorCode;
  readonly message: string;
}

const SIGILS = '!&/#^';

/**
 * The Mustache tags of a text as pystache's parser.py finds them; or what is wrong with one of them. Linear: each
 * character is looked at a bounded number of times.
 *
 * Partials would read any file called `*.mustache` on the worker, by absolute path too; other delimiters would hide the
 * next partial; a tag that is not closed in the same text could be completed by the text that follows it when Senza
 * renders the whole definition.
 */
export function readTags(text: string): readonly MustacheTag[] | MustacheProblem {
  const tags: MustacheTag[] = [];
  for (let open = text.indexOf('{{'); open !== -1;) {
    const start = skipBlanks(text, open + 2);
    const first = text.charAt(start);
    if (first === '>' || first === '=') {
      const message = 'Mustache partials ({{> ...}}) and delimiters ({{= ...}}) are not allowed: remove them';
      return { code: 'template_partial', message };
    }
    const nameStart = first !== '' && (SIGILS.includes(first) || first === '{') ? start + 1 : start;
    const close = text.indexOf('}}', nameStart + 1);
    if (close === -1) {
      return { code: 'template_partial', message: 'A Mustache tag is not closed: write {{name}}' };
    }
    const isRaw = first === '{';
    if (isRaw && text.charAt(close + 2) !== '}') {
      return { code: 'invalid_template', message: 'Close a Mustache tag that begins with {{{ with }}}' };
    }
    const name = text.slice(nameStart, close).trim();
    if (first !== '!') tags.push({ type: first === '#' || first === '^' || first === '/' ? first : 'variable', name });
    open = text.indexOf('{{', close + (isRaw ? 3 : 2));
  }
  return tags;
}

/** The first error in the tags of a text that Senza will render, as far as the text alone shows it. */
export function findTagProblem(text: string): MustacheProblem | undefined {
  const tags = readTags(text);
  return 'code' in tags ? tags : undefined;
}

function skipBlanks(text: string, start: number): number {
  let end = start;
  while (/^\s$/.test(text.charAt(end))) end += 1;
  return end;
}
