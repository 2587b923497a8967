import winston from 'winston';
import { currentLogFields, type LogFields } from './work-context.js';
import { defaultFormat, humanFormat, jsonFormat } from './log-formats.js';

/** How log lines are written. */
export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** `default`: text with `name=value` pairs; `human`: short, coloured on a terminal; `json`: one object per line. */
  readonly format: 'default' | 'human' | 'json';
  /** Added to every line, for instance the name of the process. */
  readonly fields?: LogFields;
  /** Standard output by default. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** `audit` is above all others: these lines are written at every `LOG_LEVEL`. */
const LEVELS = { audit: 0, error: 1, warn: 2, info: 3, debug: 4 };

/**
 * Writes log lines with winston. A line is a fixed sentence, so that it can be searched for, and fields.
 *
 * Winston merges the fields into its own object, where a field called `message` or `level` changes the line; this class
 * passes them separately.
 */
export class Logger {
  private constructor(
    private readonly winstonLogger: winston.Logger,
    private readonly fields: LogFields,
  ) {}

  /** Creates the logger of a process. */
  static create({ level, format, fields = {}, stream = process.stdout }: LogOptions): Logger {
    const formats = { default: defaultFormat, human: humanFormat({ colors: stream.isTTY === true }), json: jsonFormat };
    const winstonLogger = winston.createLogger({
      levels: LEVELS,
      level,
      format: winston.format.combine(winston.format.timestamp(), formats[format]),
      transports: [new winston.transports.Stream({ stream })],
    });
    return new Logger(winstonLogger, fields);
  }

  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger {
    return new Logger(this.winstonLogger, { ...this.fields, ...fields });
  }

  debug(message: string, fields: LogFields = {}): void {
    this.write('debug', message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.write('info', message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.write('warn', message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.write('error', message, fields);
  }

  /** A line of the audit trail, for systems that collect them from the log. */
  audit(message: string, fields: LogFields): void {
    this.write('audit', message, fields);
  }

  private write(level: keyof typeof LEVELS, message: string, fields: LogFields): void {
    // Winston would do all but write: that takes long for a line of each request.
    if (!this.winstonLogger.isLevelEnabled(level)) return;
    this.winstonLogger.log({ level, message, fields: { ...this.fields, ...currentLogFields(), ...fields } });
  }
}
