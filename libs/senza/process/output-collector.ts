import { plainText } from '#formats';
import { StringDecoder } from 'node:string_decoder';
import { type OutputStream } from './run-context.js';

/** How long a line may stay without its newline before it is emitted incomplete: Senza writes one dot per poll. */
const IDLE_MS = 1000;

/** Characters of a line that are emitted; the rest is cut, after redaction. */
const MAX_LINE_LENGTH = 8192;
/** Characters of an unfinished line that are remembered: a secret that begins in the emitted part is still whole. */
const MAX_PENDING_LENGTH = 65_536;

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
    this.pending = line.slice(0, MAX_PENDING_LENGTH);
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

/** How much a command may write. */
export interface OutputLimits {
  /** Bytes of standard output. */
  readonly stdout: number;
  /** Bytes of standard error. */
  readonly stderr: number;
  /** Characters of both streams that are kept after they were emitted: the end. */
  readonly kept: number;
}

/** How output is emitted and limited. */
export interface CollectorOptions {
  readonly limits: OutputLimits;
  readonly redact: (text: string) => string;
  readonly onLine: (stream: OutputStream, line: string) => void;
  /** Called when a stream has had more than its limit; what comes later is dropped. */
  readonly onTooLong: () => void;
}

/** Emits what a command writes line by line, up to a limit, and keeps the end of it. */
export class OutputCollector {
  private readonly chunks: { readonly stream: OutputStream; readonly text: string }[] = [];
  private keptLength = 0;

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
      this.keep(stream, text);
      lines.push(text);
    });
    source.on('error', () => {
      // A pipe that is torn down with its process: the exit reports what happened.
    });
    source.on('close', () => {
      lines.end();
    });
  }

  private keep(stream: OutputStream, text: string): void {
    this.chunks.push({ stream, text });
    this.keptLength += text.length;
    const firstLength = (): number => this.chunks[0]?.text.length ?? 0;
    while (this.chunks.length > 1 && this.keptLength - firstLength() >= this.options.limits.kept) {
      this.keptLength -= firstLength();
      this.chunks.shift();
    }
  }

  /** The kept part of one stream, unchanged. */
  of(stream: OutputStream): string {
    return this.chunks
      .filter((chunk) => chunk.stream === stream)
      .map(({ text }) => text)
      .join('');
  }

  /** The kept parts of both streams, in the order of arrival. */
  merged(): string {
    return plainText(this.chunks.map(({ text }) => text).join(''));
  }
}
