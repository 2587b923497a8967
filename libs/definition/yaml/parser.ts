import { assertAnchors, assertLimits } from './limits.js';
import { emptyScalar, type Node } from './node.js';
import { syntaxError, type Mark } from './reader.js';
import { resolveTag, TAG_PREFIX } from './resolver.js';
import { Scanner } from './scanner.js';
import { describeToken, type Token, type TokenType } from './tokens.js';
import { readDirectives } from './directives.js';

interface Anchor {
  readonly mark: Mark;
  /** Missing while the node is being read. */
  node?: Node;
}

interface Properties {
  readonly anchor: string | undefined;
  readonly tag: string | undefined;
  readonly mark: Mark;
}

/** Makes nodes of a text: PyYAML's parser.py and composer.py in one, for a single document. */
export class Parser {
  private readonly scanner: Scanner;
  private readonly anchors = new Map<string, Anchor>();
  private tagHandles: ReadonlyMap<string, string> = new Map();
  private depth = 0;
  private nodes = 0;

  constructor(text: string) {
    this.scanner = new Scanner(text);
  }

  /**
   * The root of the document; undefined for an empty text.
   *
   * @throws {DefinitionError} `invalid_yaml` or `too_complex`
   */
  parse(): Node | undefined {
    const { scanner } = this;
    const isImplicit = !scanner.at('directive', 'document-start', 'stream-end');
    if (scanner.at('stream-end')) return undefined;
    this.tagHandles = readDirectives(scanner);
    if (!isImplicit) this.expect('document-start', 'Begin the document with --- after the % lines');
    const root =
      !isImplicit && scanner.at('directive', 'document-start', 'document-end', 'stream-end')
        ? emptyScalar(scanner.peek().mark)
        : this.parseNode({ inBlock: true });
    this.expectEnd();
    return root;
  }

  private expectEnd(): void {
    const { scanner } = this;
    const { mark } = scanner.peek();
    while (scanner.at('document-end')) scanner.take();
    if (scanner.at('stream-end')) return;
    if (!scanner.at('directive', 'document-start')) {
      throw syntaxError('The document ends before this: indent it like the lines before', mark);
    }
    readDirectives(scanner);
    const place = scanner.peek().mark;
    this.expect('document-start', 'Begin the document with --- after the % lines');
    throw syntaxError('Only one document can be deployed: remove what follows this ---', place);
  }

  private expect(type: TokenType, problem: string): Token {
    const token = this.scanner.take();
    if (token.type !== type) throw syntaxError(problem, token.mark);
    return token;
  }

  private parseNode({ inBlock = false, indentless = false }): Node {
    const { scanner } = this;
    const token = scanner.peek();
    if (token.type === 'alias') {
      scanner.take();
      return this.resolveAlias(token.name, token.mark);
    }
    const properties = this.parseProperties();
    this.reserveAnchor(properties);
    this.depth += 1;
    this.nodes += 1;
    assertLimits(this.depth, this.nodes, properties.mark);
    const node = this.parseContent(properties, inBlock, indentless);
    this.depth -= 1;
    if (properties.anchor !== undefined) this.anchors.set(properties.anchor, { mark: properties.mark, node });
    return node;
  }

  private parseProperties(): Properties {
    const { scanner } = this;
    const { mark } = scanner.peek();
    let anchor: string | undefined;
    let tag: string | undefined;
    for (let token = scanner.peek(); ; token = scanner.peek()) {
      if (token.type === 'anchor' && anchor === undefined) anchor = token.name;
      else if (token.type === 'tag' && tag === undefined) {
        const { handle, suffix } = token.tag;
        const prefix = handle === null ? '' : this.tagHandles.get(handle);
        if (prefix === undefined) throw syntaxError('This tag’s handle is not declared by %TAG', token.mark);
        tag = prefix + suffix;
      } else return { anchor, tag, mark };
      scanner.take();
    }
  }

  private reserveAnchor({ anchor, mark }: Properties): void {
    if (anchor === undefined) return;
    const earlier = this.anchors.get(anchor);
    if (earlier !== undefined) {
      const { line } = earlier.mark;
      throw syntaxError(`The anchor &${anchor} is used already on line ${line}: give this one another name`, mark);
    }
    this.anchors.set(anchor, { mark });
    assertAnchors(this.anchors.size, mark);
  }

  private resolveAlias(name: string, mark: Mark): Node {
    const anchor = this.anchors.get(name);
    if (anchor === undefined) {
      throw syntaxError(`There is no &${name} before *${name}: define it first, or put the text in quotes`, mark);
    }
    if (anchor.node === undefined) throw syntaxError(`*${name} repeats a value inside itself: remove it`, mark);
    return anchor.node;
  }

  private parseContent(properties: Properties, inBlock: boolean, indentless: boolean): Node {
    const { scanner } = this;
    const token = scanner.peek();
    const tag = properties.tag === '!' ? undefined : properties.tag;
    const { mark } = properties;
    const ofSequence = { kind: 'sequence', tag: tag ?? `${TAG_PREFIX}seq`, mark } as const;
    // Where its first key is, after tag and anchor.
    const ofMapping = { kind: 'mapping', tag: tag ?? `${TAG_PREFIX}map`, mark: token.mark } as const;
    if (indentless && token.type === 'block-entry') return { ...ofSequence, items: this.parseIndentlessSequence() };
    switch (token.type) {
      case 'scalar': {
        scanner.take();
        const isImplicit = (token.style === 'plain' && properties.tag === undefined) || properties.tag === '!';
        const { value, style } = token;
        return { kind: 'scalar', tag: tag ?? resolveTag(value, isImplicit), value, style, mark };
      }
      case 'flow-sequence-start':
        return { ...ofSequence, items: this.parseFlowSequence() };
      case 'flow-mapping-start':
        return { ...ofMapping, pairs: this.parseFlowMapping(), isFlow: true };
      case 'block-sequence-start':
        if (inBlock) return { ...ofSequence, items: this.parseBlockSequence() };
        break;
      case 'block-mapping-start':
        if (inBlock) return { ...ofMapping, pairs: this.parseBlockMapping(), isFlow: false };
        break;
      default:
    }
    if (properties.anchor !== undefined || properties.tag !== undefined) {
      return { ...emptyScalar(mark), tag: tag ?? `${TAG_PREFIX}null` };
    }
    throw syntaxError(`A value is missing before ${describeToken(token)}`, token.mark);
  }

  private parseIndentlessSequence(): Node[] {
    const items: Node[] = [];
    while (this.scanner.at('block-entry')) {
      const { mark } = this.scanner.take();
      const isEmpty = this.scanner.at('block-entry', 'key', 'value', 'block-end');
      items.push(isEmpty ? emptyScalar(mark) : this.parseNode({ inBlock: true }));
    }
    return items;
  }

  private parseBlockSequence(): Node[] {
    const items: Node[] = [];
    this.scanner.take();
    while (this.scanner.at('block-entry')) {
      const { mark } = this.scanner.take();
      const isEmpty = this.scanner.at('block-entry', 'block-end');
      items.push(isEmpty ? emptyScalar(mark) : this.parseNode({ inBlock: true }));
    }
    this.expect('block-end', 'This is not an item of the list: begin it with "- ", indented like the items before');
    return items;
  }

  private parseBlockMapping(): [Node, Node][] {
    const pairs: [Node, Node][] = [];
    const { scanner } = this;
    scanner.take();
    const parsePart = (mark: Mark): Node =>
      scanner.at('key', 'value', 'block-end') ? emptyScalar(mark) : this.parseNode({ inBlock: true, indentless: true });
    while (scanner.at('key')) {
      const key = parsePart(scanner.take().mark);
      pairs.push([key, scanner.at('value') ? parsePart(scanner.take().mark) : emptyScalar(scanner.peek().mark)]);
    }
    this.expect('block-end', 'This is not a key of the mapping: write KEY: VALUE, indented like the keys before');
    return pairs;
  }

  private parseFlowSequence(): Node[] {
    const items: Node[] = [];
    const { scanner } = this;
    this.parseFlowItems('flow-sequence-end', ']', () => {
      if (!scanner.at('key')) {
        items.push(this.parseNode({}));
        return;
      }
      // [a: b] is a list of one mapping.
      const { mark } = scanner.peek();
      const pair = this.parseFlowPair('flow-sequence-end');
      items.push({ kind: 'mapping', tag: `${TAG_PREFIX}map`, mark, pairs: [pair], isFlow: true });
    });
    return items;
  }

  private parseFlowMapping(): [Node, Node][] {
    const pairs: [Node, Node][] = [];
    const { scanner } = this;
    this.parseFlowItems('flow-mapping-end', '}', () => {
      if (scanner.at('key')) pairs.push(this.parseFlowPair('flow-mapping-end'));
      else pairs.push([this.parseNode({}), emptyScalar(scanner.peek().mark)]);
    });
    return pairs;
  }

  private parseFlowItems(end: TokenType, bracket: string, parseItem: () => void): void {
    const { scanner } = this;
    const { mark } = scanner.take();
    for (let isFirst = true; !scanner.at(end); isFirst = false) {
      if (!isFirst) {
        const token = scanner.take();
        if (token.type === 'stream-end') throw syntaxError(`The bracket is not closed: ${bracket} is missing`, mark);
        if (token.type !== 'flow-entry') throw syntaxError(`"," or "${bracket}" is missing here`, token.mark);
        if (scanner.at(end)) break;
      }
      if (scanner.at('stream-end')) throw syntaxError(`The bracket is not closed: ${bracket} is missing`, mark);
      parseItem();
    }
    scanner.take();
  }

  private parseFlowPair(end: TokenType): [Node, Node] {
    const { scanner } = this;
    const start = scanner.take();
    const key = scanner.at('value', 'flow-entry', end) ? emptyScalar(start.mark) : this.parseNode({});
    if (!scanner.at('value')) return [key, emptyScalar(scanner.peek().mark)];
    const { mark } = scanner.take();
    return [key, scanner.at('flow-entry', end) ? emptyScalar(mark) : this.parseNode({})];
  }
}
