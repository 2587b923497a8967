import { z } from 'zod';

/** Lizzy 2 took the names of Python's levels; both spellings of one level are the same. */
const LEVELS = {
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'error',
} as const;

const levelName = z.enum(
  ['DEBUG', 'INFO', 'WARN', 'WARNING', 'ERROR', 'CRITICAL'],
  'must be DEBUG, INFO, WARNING or ERROR',
);

/** `LOG_LEVEL`: lines below it are not written. */
export const logLevel = z
  .string()
  .transform((text) => text.toUpperCase())
  .pipe(levelName)
  .transform((name) => LEVELS[name]);

/** `LOG_FORMAT`: see the telemetry library. */
export const logFormat = z.enum(['default', 'human', 'json'], 'must be default, human or json');
