import { isConnectionError } from '#network';
import { isNativeError } from 'node:util/types';

/** First words of replies to a user who lacks a permission, also within a script. An operator changes that, not the data. */
const PERMISSION_CODES = ['NOPERM', 'ERR ACL failure in script'] as const;

/** First words of replies which say that the store cannot serve now, though the command was right. */
const REPLY_CODES = [
  'LOADING',
  'READONLY',
  'CLUSTERDOWN',
  'MASTERDOWN',
  'TRYAGAIN',
  'NOREPLICAS',
  'BUSY',
  'MISCONF',
  'OOM',
  'NOAUTH',
  'WRONGPASS',
  'ERR max number of clients reached',
  'UNBLOCKED',
  // A command of a transaction was rejected for one of these reasons; the reply does not say which.
  'EXECABORT',
] as const;

/** What ioredis 6 itself says; it has no codes for these. */
export const CLIENT_MESSAGES = [
  'Connection is closed.',
  'Command timed out',
  "Stream isn't writeable and enableOfflineQueue options is false",
  'Command aborted due to connection close',
  'Reached the max retries per request limit',
  'Socket timeout',
  'connect ETIMEDOUT',
] as const;

/**
 * Does this error mean that Redis cannot be asked at present (503), as opposed to a wrong command (a defect)?
 * A closed list; an error's `cause` is looked at as well.
 */
export function isRedisUnavailable(error: unknown): boolean {
  if (!isNativeError(error)) return false;
  if (isConnectionError(error)) return true;
  if ([...REPLY_CODES, ...PERMISSION_CODES, ...CLIENT_MESSAGES].some((words) => error.message.startsWith(words)))
    return true;
  return isRedisUnavailable(error.cause);
}

/** Whether Redis has rejected a command because its user lacks a permission. */
export function isPermissionDenied(error: unknown): boolean {
  return isNativeError(error) && PERMISSION_CODES.some((words) => error.message.startsWith(words));
}
