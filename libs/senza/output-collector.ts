import { StringDecoder } from 'node:string_decoder';
import { LineSplitter } from './line-splitter.js';
import { plainText } from './plain-text.js';
import { type OutputStream } from './run-context.js';

/** Characters of a line that are told; what is longer is cut, after redaction. */
const MAX_LINE_LENGTH = 8192;

/** How output is told and bounded. */
export interface CollectorOptions {
  /** Bytes that each stream may have. */
  readonly limits: Readonly<Record<OutputStream, number>>;
  readonly redact: (text: string) => string;
  readonly onLine: (stream: OutputStream, line: string) => void;
  /** Called when a stream has had more than its limit; what comes later is dropped. */
  readonly onTooLong: () => void;
}

/** What a command writes: kept whole up to a bound, and told line by line. */
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
      // A pipe that is torn down with its process: the exit tells what happened.
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
