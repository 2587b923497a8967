import fc from 'fast-check';

// Pieces of YAML. Put together at random, most results are wrong; both readers must agree on that, too.
const SCALARS = [
  'a',
  'b c',
  'yes',
  'No',
  '~',
  'null',
  '',
  '1',
  '-12',
  '0x1F',
  '0b101',
  '017',
  '08',
  '1_000',
  '1:30',
  '1.5',
  '.5',
  '1e3',
  '1.0e+3',
  '.inf',
  '-.INF',
  '.nan',
  '190:20:30.15',
  '2012-10-17',
  '2001-12-14t21:59:43.10-05:00',
  '2012-13-45',
  '=',
  '<<',
  '"q"',
  "'s'",
  '"a\\tb\\u00e9"',
  "'it''s'",
  '"x: y"',
  '{{Arguments.X}}',
  '"{{A}}"',
  'http://x:80/y',
  'a#b',
  'a #b',
  '-',
  '- -',
  '?',
  ':',
  '*a',
  '&a x',
  '&b',
  '!!str 1',
  '!!int "3"',
  '! yes',
  '!Ref X',
  '!!binary aGk=',
  '!!set {x, y}',
  '!!omap [a: 1]',
  '@x',
  '`x',
  '%x',
  '|',
  '>',
  '"a\nb"',
  "'c\n\n  d'",
  'é',
  '😀',
  '"\\ud83d\\ude00"',
  '\t',
  'a\tb',
  '"a\\\n  b"',
];
const INDICATORS = [
  ': ',
  ':',
  '- ',
  '-',
  '? ',
  '?',
  ', ',
  ',',
  '[',
  ']',
  '{',
  '}',
  '\n',
  '\n',
  '\n',
  '\n  ',
  '\n  ',
  '\n    ',
  '\n- ',
  '\n  - ',
  ' ',
  '  ',
  '#',
  ' # c\n',
  '---\n',
  '\n---\n',
  '\n...\n',
  '%YAML 1.1\n',
  '|\n  ',
  '>-\n  ',
  '|+\n',
  '&a ',
  '*a',
  '<<: *a',
  '"',
  "'",
  '\r\n',
  '\t',
  '!',
  '!!map ',
  '\n\n',
  '|2\n',
  '\u0085',
  '\u2028',
  '\ufeff',
];

const soup = fc
  .array(fc.oneof(fc.constantFrom(...SCALARS), fc.constantFrom(...INDICATORS)), { minLength: 1, maxLength: 14 })
  .map((parts) => parts.join(''));

type Tree = string | readonly Tree[] | { readonly pairs: readonly (readonly [string, Tree])[] };
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...SCALARS),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.record({ pairs: fc.array(fc.tuple(fc.constantFrom(...SCALARS), tie('tree')), { maxLength: 4 }) }),
  ),
}));
interface Style {
  readonly isFlow: boolean;
  readonly step: number;
  readonly closesAtMargin: boolean;
}

/** Documents with a structure, in block and flow style, with brackets and indentation as people write them. */
const structured = fc
  .tuple(
    tree,
    fc.array(fc.record({ isFlow: fc.boolean(), step: fc.integer({ min: 0, max: 4 }), closesAtMargin: fc.boolean() }), {
      minLength: 1,
      maxLength: 8,
    }),
  )
  .map(([root, styles]) => write(root, styles, 0, 0));

function write(tree: Tree, styles: readonly Style[], depth: number, indent: number): string {
  if (typeof tree === 'string') return tree;
  const style = styles[depth % styles.length] ?? { isFlow: false, step: 2, closesAtMargin: false };
  const inner = indent + style.step;
  const pad = `\n${' '.repeat(inner)}`;
  const isList = Array.isArray(tree);
  const parts: readonly string[] = isList
    ? tree.map((item: Tree) => (style.isFlow ? '' : '- ') + write(item, styles, depth + 1, inner + 2))
    : 'pairs' in tree
      ? tree.pairs.map(([key, value]) => `${key}: ${write(value, styles, depth + 1, inner)}`)
      : [];
  if (!style.isFlow && parts.length > 0) return parts.map((part) => pad + part).join('');
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  const separator = style.step === 0 ? ', ' : `,${pad}`;
  return `${open}${style.closesAtMargin ? pad : ''}${parts.join(separator)}${style.closesAtMargin ? '\n' : ''}${close}`;
}

/** Small changes of real definitions: lines moved, repeated, indented; characters dropped, repeated and put in. */
function mutated(texts: readonly string[]): fc.Arbitrary<string> {
  const change = fc.record({
    how: fc.constantFrom('drop', 'repeat', 'insert', 'dropLine', 'repeatLine', 'moveLine', 'indent', 'dedent', 'join'),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    to: fc.double({ min: 0, max: 0.999, noNaN: true }),
    piece: fc.oneof(fc.constantFrom(...INDICATORS), fc.constantFrom(...SCALARS)),
  });
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([text, changes]) => changes.reduce(applyChange, text));
}

interface Change {
  readonly how: string;
  readonly at: number;
  readonly to: number;
  readonly piece: string;
}

function applyChange(text: string, { how, at, to, piece }: Change): string {
  const place = Math.floor(at * text.length);
  const lines = text.split('\n');
  const line = Math.floor(at * lines.length);
  switch (how) {
    case 'drop':
      return text.slice(0, place) + text.slice(place + 1 + Math.floor(to * 5));
    case 'repeat':
      return text.slice(0, place) + text.slice(place, place + 8) + text.slice(place);
    case 'insert':
      return text.slice(0, place) + piece + text.slice(place);
    case 'dropLine':
      return lines.toSpliced(line, 1).join('\n');
    case 'repeatLine':
      return lines.toSpliced(line, 0, lines[line] ?? '').join('\n');
    case 'moveLine':
      return lines
        .toSpliced(line, 1)
        .toSpliced(Math.floor(to * lines.length), 0, lines[line] ?? '')
        .join('\n');
    case 'indent':
      return lines.with(line, `  ${lines[line] ?? ''}`).join('\n');
    case 'dedent':
      return lines.with(line, (lines[line] ?? '').replace(/^ {1,2}/, '')).join('\n');
    default:
      return lines.toSpliced(line, 2, lines.slice(line, line + 2).join(' ')).join('\n');
  }
}

/** Texts that are YAML, nearly YAML, and not YAML at all. `examples`: real definitions. */
export function yamlTexts(examples: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(soup, structured, { arbitrary: mutated(examples), weight: 2 });
}
