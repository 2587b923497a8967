import { type LoggerService } from '@nestjs/common';
import { type Logger } from './logger.js';

/** Writes Nest's own lines to the log of the process. Its startup messages are for debugging only. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...context: unknown[]): void {
    this.logger.debug(String(message), { context: context.at(-1) });
  }

  debug(message: unknown, ...context: unknown[]): void {
    this.logger.debug(String(message), { context: context.at(-1) });
  }

  verbose(message: unknown, ...context: unknown[]): void {
    this.logger.debug(String(message), { context: context.at(-1) });
  }

  warn(message: unknown, ...context: unknown[]): void {
    this.logger.warn(String(message), { context: context.at(-1) });
  }

  error(message: unknown, ...context: unknown[]): void {
    this.logger.error(String(message), { context: context.at(-1) });
  }

  fatal(message: unknown, ...context: unknown[]): void {
    this.logger.error(String(message), { context: context.at(-1) });
  }
}
