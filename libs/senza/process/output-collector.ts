import { replaceHiddenCharacters } from '#formats';
import { stripVTControlCharacters } from 'node:util';
import { StringDecoder } from 'node:string_decoder';
import { type OutputStream } from './run-context.js';

/** How long a line may stay without its newline before it is emitted incomplete: Senza writes one dot per poll. */
const IDLE_MS = 1000;

/** Splits chunks of text into lines. Emits an unfinished line after {@link IDLE_MS} without another chunk. */
class LineSplitter {
  private pending = '';
  private idle: NodeJS.Timeout | undefined;

  constructor(private readonly onLine: (line: string) => void) {}

  /** Adds a chunk. */
  push(chunk: string): void {
    clearTimeout(this.idle);
    // A carriage return at the end may belong to a newline that comes with the next chunk.
    const endsInReturn = this.pending.endsWith('\r');
    const [first = '', ...lines] = `${endsInReturn ? '\r' : ''}${chunk}`.split(/\r\n|\n|\r(?!$)/);
    let line = (endsInReturn ? this.pending.slice(0, -1) : this.pending) + first;
    for (const next of lines) {
      this.onLine(line);
      line = next;
    }
    this.pending = line;
    this.idle = setTimeout(() => {
      this.end();
    }, IDLE_MS);
  }

  /** Emits the rest. */
  end(): void {
    clearTimeout(this.idle);
    const rest = this.pending;
    this.pending = '';
    if (rest !== '') this.onLine(rest);
  }
}

/** A command's output without colours, cursor movements, control and bidirectional characters; newline and tab stay. */
function plainText(output: string): string {
  const text = stripVTControlCharacters(output).replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  return replaceHiddenCharacters(text, (character) => (character === '\n' || character === '\t' ? character : ''));
}

/** Characters of a line that are emitted; the rest is cut, after redaction. */
const MAX_LINE_LENGTH = 8192;

/** How output is emitted and limited. */
export interface CollectorOptions {
  /** Bytes that each stream may have. */
  readonly limits: Readonly<Record<OutputStream, number>>;
  readonly redact: (text: string) => string;
  readonly onLine: (stream: OutputStream, line: string) => void;
  /** Called when a stream has had more than its limit; what comes later is dropped. */
  readonly onTooLong: () => void;
}

/** Collects what a command writes, up to a limit, and emits it line by line. */
export class OutputCollector {
  private readonly chunks: { readonly stream: OutputStream; readonly text: string }[] = [];

  constructor(private readonly options: CollectorOptions) {}

  /** Reads a stream to its end. */
  read(stream: OutputStream, source: NodeJS.ReadableStream): void {
    const decoder = new StringDecoder('utf8');
    const lines = new LineSplitter((line) => {
      this.options.onLine(stream, this.options.redact(plainText(line)).slice(0, MAX_LINE_LENGTH));
    });
    let length = 0;
    source.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > this.options.limits[stream]) {
        this.options.onTooLong();
        return;
      }
      const text = decoder.write(chunk);
      this.chunks.push({ stream, text });
      lines.push(text);
    });
    source.on('error', () => {
      // A pipe that is torn down with its process: the exit reports what happened.
    });
    source.on('close', () => {
      lines.end();
    });
  }

  /** All that was written to one stream, as it was written. */
  of(stream: OutputStream): string {
    return this.chunks
      .filter((chunk) => chunk.stream === stream)
      .map(({ text }) => text)
      .join('');
  }

  /** Both streams in the order of arrival. */
  merged(): string {
    return plainText(this.chunks.map(({ text }) => text).join(''));
  }
}
