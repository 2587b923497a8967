import winston from 'winston';
import { lineStream } from './line-stream.js';
import { humanFormat, jsonFormat, plainFormat } from './log-formats.js';

/** What belongs to a log line beside its sentence: `job_id`, `kind`, `stack`, `error`... Never a token or a request's body. */
export type LogFields = Readonly<Record<string, unknown>>;

/** How lines are written: `default` (one line of key=value), `human` (coloured, for a terminal), `json`. */
export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'default' | 'human' | 'json';
  /** On every line, for instance the process's name. */
  readonly fields?: LogFields;
  /** Where lines go; standard output when missing. */
  readonly stream?: NodeJS.WritableStream;
}

const FORMATS = { default: plainFormat, human: humanFormat, json: jsonFormat } as const;

/** Writes log lines. A line is a fixed sentence, so that it can be searched for, and fields. */
export class Logger {
  private constructor(
    private readonly sink: winston.Logger,
    private readonly bound: LogFields,
  ) {}

  /** The logger of a process. */
  static create({ level, format, fields = {}, stream = process.stdout }: LogOptions): Logger {
    const sink = winston.createLogger({ level, format: FORMATS[format] });
    sink.pipe(lineStream()).pipe(stream);
    return new Logger(sink, fields);
  }

  /** A logger whose lines all have these fields, too. */
  child(fields: LogFields): Logger {
    return new Logger(this.sink, { ...this.bound, ...fields });
  }

  debug(sentence: string, fields: LogFields = {}): void {
    this.write('debug', sentence, fields);
  }

  info(sentence: string, fields: LogFields = {}): void {
    this.write('info', sentence, fields);
  }

  warn(sentence: string, fields: LogFields = {}): void {
    this.write('warn', sentence, fields);
  }

  error(sentence: string, fields: LogFields = {}): void {
    this.write('error', sentence, fields);
  }

  // The fields lie apart from winston's own ones: a field called `message` or `level` shall not change the line.
  private write(level: LogOptions['level'], message: string, fields: LogFields): void {
    // Winston leaves levels to its transports; there is none here, lines go straight to a stream.
    if (this.sink.isLevelEnabled(level)) this.sink.log({ level, message, fields: { ...this.bound, ...fields } });
  }
}
