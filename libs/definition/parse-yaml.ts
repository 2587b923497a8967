import { type Document, isScalar, LineCounter, parseDocument, type Scalar, type ScalarTag, visit } from 'yaml';
import { DefinitionError, type DefinitionPosition } from './definition-error.js';
import { findForbiddenTag } from './template-tags.js';
import { refuseForeignCharacters } from './yaml-characters.js';

const BOOL_TAG = 'tag:yaml.org,2002:bool';
// The resolver of PyYAML, which Senza uses, does not know YAML 1.1's `y` and `n`: `StackName: y` is a string.
const PYYAML_BOOLS: readonly ScalarTag[] = [
  { default: true, tag: BOOL_TAG, test: /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/, resolve: () => true },
  { default: true, tag: BOOL_TAG, test: /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/, resolve: () => false },
];

/** A YAML document and its value; mappings are `Map`s, so that no key of the text can be taken for a property. */
export interface ParsedYaml {
  readonly document: Document.Parsed;
  readonly value: unknown;
}

/**
 * Reads YAML 1.1 as PyYAML's `safe_load` does: `<<` merges, the last of two equal keys wins, unknown tags and a second
 * document are errors. What an alias repeats is bounded.
 *
 * @throws {DefinitionError} `invalid_yaml` or `template_partial`, with line and column.
 */
export function parseYaml(text: string): ParsedYaml {
  refuseForeignCharacters(text);
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      version: '1.1',
      // Named, so that a `%YAML 1.2` directive does not change them (PyYAML reads it as 1.1 too).
      schema: 'yaml-1.1',
      merge: true,
      uniqueKeys: false,
      customTags: (tags) => [...PYYAML_BOOLS, ...tags.filter((tag) => typeof tag === 'string' || tag.tag !== BOOL_TAG)],
      prettyErrors: false,
      lineCounter: lines,
      logLevel: 'error',
    });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw invalidYaml(problem.message, at(lines, problem.pos[0]), problem);
    checkNodes(document, lines);
    return { document, value: resolveAliases(document, lines) };
  } catch (cause) {
    if (cause instanceof DefinitionError) throw cause;
    // The parser is recursive; what is nested deeper than its stack is not meant well.
    if (cause instanceof RangeError) throw invalidYaml('nested too deeply', { line: 1, column: 1 }, cause);
    throw cause;
  }
}

function checkNodes(document: Document.Parsed, lines: LineCounter): void {
  visit(document, {
    Map: (_, map) => {
      const merges = map.items
        .map(({ key }) => key)
        .filter((key): key is Scalar => isScalar(key) && key.source === '<<' && key.type === 'PLAIN');
      // PyYAML and `yaml` disagree about which of two merges wins.
      if (merges.length > 1) throw invalidYaml('"<<" is given twice', at(lines, merges[1]?.range?.[0] ?? 0));
    },
    Scalar: (_, node) => {
      const problem = typeof node.value === 'string' ? findForbiddenTag(node.value) : undefined;
      if (problem !== undefined) {
        throw new DefinitionError('template_partial', problem, { position: at(lines, node.range?.[0] ?? 0) });
      }
    },
  });
}

function resolveAliases(document: Document.Parsed, lines: LineCounter): unknown {
  try {
    return document.toJS({ mapAsMap: true, maxAliasCount: 100 });
  } catch (cause) {
    if (!(cause instanceof ReferenceError) && !(cause instanceof TypeError)) throw cause;
    let offset = 0;
    visit(document, {
      Alias: (_, alias) => {
        offset = alias.range?.[0] ?? offset;
      },
    });
    throw invalidYaml(cause.message, at(lines, offset), cause);
  }
}

function at(lines: LineCounter, offset: number): DefinitionPosition {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function invalidYaml(message: string, position: DefinitionPosition, cause?: unknown): DefinitionError {
  return new DefinitionError('invalid_yaml', `${message} (line ${position.line}, column ${position.column})`, {
    position,
    cause,
  });
}
