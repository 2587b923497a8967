import { END, isOneOf, Reader, SEPARATOR, syntaxError, unexpectedCharacter } from './reader.js';
import { scanBlockScalar } from './scan-block-scalar.js';
import { scanAnchor, scanDirective, scanTag } from './scan-property.js';
import { scanPlain, scanQuoted } from './scan-scalar.js';
import { SimpleKeys } from './simple-keys.js';
import { type IndicatorType, type Token, type TokenType } from './tokens.js';

const PLAIN_NEVER_STARTS_WITH = `${SEPARATOR}-?:,[]{}#&*!|>'"%@\``;

/**
 * Makes tokens of a text as PyYAML's scanner.py does. Comments and blanks are dropped; `block-...-start`, `block-end`
 * and `key` are made of indentation and colons.
 */
export class Scanner {
  private readonly reader: Reader;
  private readonly keys: SimpleKeys;
  private queue: Token[] = [];
  private taken = 0;
  private done = false;
  private flowLevel = 0;
  private indent = -1;
  private readonly indents: number[] = [];
  private allowSimpleKey = true;

  /** @throws {DefinitionError} `invalid_yaml` */
  constructor(text: string) {
    this.reader = new Reader(text);
    this.keys = new SimpleKeys(this.reader);
    if (this.reader.peek() === '\ufeff') this.reader.forward();
  }

  /** The next token. */
  peek(): Token {
    while (this.needsMore()) this.fetch();
    const [token] = this.queue;
    return token ?? { type: 'stream-end', mark: this.reader.mark };
  }

  /** Whether the next token has one of these types. */
  at(...types: readonly TokenType[]): boolean {
    return types.includes(this.peek().type);
  }

  /** Reads the next token. */
  take(): Token {
    const token = this.peek();
    this.queue.shift();
    this.taken += 1;
    return token;
  }

  private needsMore(): boolean {
    if (this.done) return false;
    if (this.queue.length === 0) return true;
    // The next token may turn out to be a key, which is known at the colon after it.
    this.keys.dropStale();
    return this.keys.first?.tokenNumber === this.taken;
  }

  private fetch(): void {
    const { reader } = this;
    this.skipToToken();
    this.keys.dropStale();
    this.unwindIndent(reader.column);
    const character = reader.peek();
    if (character === END) this.endStream();
    else if (character === '%' && reader.column === 0) this.addDirective();
    else if (reader.column === 0 && reader.atDocumentIndicator()) this.addDocumentIndicator();
    else if (character === '[') this.openFlow('flow-sequence-start');
    else if (character === '{') this.openFlow('flow-mapping-start');
    else if (character === ']') this.closeFlow('flow-sequence-end');
    else if (character === '}') this.closeFlow('flow-mapping-end');
    else if (character === ',') this.addIndicator('flow-entry', true);
    else if (character === '-' && this.isFollowedBySeparator()) this.addBlockEntry();
    else if (character === '?' && (this.inFlow || this.isFollowedBySeparator())) this.addKey();
    else if (character === ':' && (this.inFlow || this.isFollowedBySeparator())) this.addValue();
    else this.addContent(character);
  }

  private addContent(character: string): void {
    const { reader } = this;
    const { mark } = reader;
    if ((character === '|' || character === '>') && !this.inFlow) {
      this.allowSimpleKey = true;
      this.keys.remove(this.flowLevel);
      const value = scanBlockScalar(reader, character === '>', this.indent);
      this.queue.push({ type: 'scalar', value, style: character, mark });
    } else if (character === '*' || character === '&') {
      this.saveKey();
      this.queue.push({ type: character === '*' ? 'alias' : 'anchor', name: scanAnchor(reader), mark });
    } else if (character === '!') {
      this.saveKey();
      this.queue.push({ type: 'tag', tag: scanTag(reader), mark });
    } else if (character === "'" || character === '"') {
      this.saveKey();
      this.queue.push({ type: 'scalar', value: scanQuoted(reader, character), style: character, mark });
    } else if (this.isPlainStart(character)) {
      this.saveKey();
      const { value, endedAtLineStart } = scanPlain(reader, this.indent, this.inFlow);
      if (endedAtLineStart) this.allowSimpleKey = true;
      this.queue.push({ type: 'scalar', value, style: 'plain', mark });
    } else {
      throw unexpectedCharacter(character, mark);
    }
  }

  private isPlainStart(character: string): boolean {
    if (!isOneOf(character, PLAIN_NEVER_STARTS_WITH)) return true;
    if (this.isFollowedBySeparator()) return false;
    return character === '-' || (!this.inFlow && (character === '?' || character === ':'));
  }

  private get inFlow(): boolean {
    return this.flowLevel !== 0;
  }

  private isFollowedBySeparator(): boolean {
    return isOneOf(this.reader.peek(1), SEPARATOR);
  }

  private skipToToken(): void {
    for (;;) {
      this.reader.skipSpaces();
      this.reader.skipComment();
      if (this.reader.takeLineBreak() === '') return;
      if (!this.inFlow) this.allowSimpleKey = true;
    }
  }

  private saveKey(): void {
    if (this.allowSimpleKey) {
      const isRequired = !this.inFlow && this.indent === this.reader.column;
      this.keys.save(this.flowLevel, this.taken + this.queue.length, isRequired);
    }
    this.allowSimpleKey = false;
  }

  // Inside [] and {} indentation does not matter.
  private unwindIndent(column: number): void {
    if (this.inFlow) return;
    while (this.indent > column) {
      this.indent = this.indents.pop() ?? -1;
      this.queue.push({ type: 'block-end', mark: this.reader.mark });
    }
  }

  private addIndent(column: number): boolean {
    if (this.indent >= column) return false;
    this.indents.push(this.indent);
    this.indent = column;
    return true;
  }

  private endStream(): void {
    this.unwindIndent(-1);
    this.keys.remove(this.flowLevel);
    this.done = true;
    this.keys.clear();
    this.queue.push({ type: 'stream-end', mark: this.reader.mark });
  }

  private addDirective(): void {
    this.unwindIndent(-1);
    this.keys.remove(this.flowLevel);
    this.allowSimpleKey = false;
    const { mark } = this.reader;
    this.queue.push({ type: 'directive', directive: scanDirective(this.reader), mark });
  }

  private addDocumentIndicator(): void {
    this.unwindIndent(-1);
    this.keys.remove(this.flowLevel);
    this.allowSimpleKey = false;
    const { mark } = this.reader;
    this.queue.push({ type: this.reader.take(3) === '---' ? 'document-start' : 'document-end', mark });
  }

  private openFlow(type: 'flow-sequence-start' | 'flow-mapping-start'): void {
    this.saveKey();
    this.flowLevel += 1;
    this.allowSimpleKey = true;
    this.push(type);
  }

  private closeFlow(type: 'flow-sequence-end' | 'flow-mapping-end'): void {
    this.keys.remove(this.flowLevel);
    this.flowLevel -= 1;
    this.allowSimpleKey = false;
    this.push(type);
  }

  private addBlockEntry(): void {
    if (!this.inFlow) {
      if (!this.allowSimpleKey) throw syntaxError('A list cannot begin here: begin it on a new line', this.reader.mark);
      this.startBlock('block-sequence-start');
    }
    this.addIndicator('block-entry', true);
  }

  private addKey(): void {
    if (!this.inFlow) {
      if (!this.allowSimpleKey) throw syntaxError('A key cannot begin here: begin it on a new line', this.reader.mark);
      this.startBlock('block-mapping-start');
    }
    this.addIndicator('key', !this.inFlow);
  }

  private addValue(): void {
    const key = this.keys.take(this.flowLevel);
    if (key === undefined) {
      if (!this.inFlow) {
        if (!this.allowSimpleKey) {
          throw syntaxError('A mapping cannot begin here: put a string that contains ": " in quotes', this.reader.mark);
        }
        this.startBlock('block-mapping-start');
      }
      this.addIndicator('value', !this.inFlow);
      return;
    }
    const { mark } = key;
    const keyTokens: Token[] = [{ type: 'key', mark }];
    if (!this.inFlow && this.addIndent(key.column)) keyTokens.unshift({ type: 'block-mapping-start', mark });
    this.queue.splice(key.tokenNumber - this.taken, 0, ...keyTokens);
    this.allowSimpleKey = false;
    this.push('value');
  }

  private startBlock(type: 'block-sequence-start' | 'block-mapping-start'): void {
    if (this.addIndent(this.reader.column)) this.queue.push({ type, mark: this.reader.mark });
  }

  private addIndicator(type: 'flow-entry' | 'block-entry' | 'key' | 'value', allowsSimpleKey: boolean): void {
    this.allowSimpleKey = allowsSimpleKey;
    this.keys.remove(this.flowLevel);
    this.push(type);
  }

  private push(type: IndicatorType): void {
    this.queue.push({ type, mark: this.reader.mark });
    this.reader.forward();
  }
}
