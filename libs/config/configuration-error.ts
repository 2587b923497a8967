/** `EX_CONFIG` of BSD's sysexits.h. */
const EXIT_CODE_CONFIGURATION = 78;

/** An invalid configuration. The message has every error with its variable: a single one in one sentence, more than one in lines. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  /** @param errors each begins with the name of its variable; values are left out, because they may be secrets */
  constructor(readonly errors: readonly string[]) {
    super(`The configuration is invalid:${errors.length === 1 ? ' ' : '\n  '}${errors.join('\n  ')}`);
  }

  /** Redis evicts keys when its memory is full. @param policy its `maxmemory-policy` */
  static evictionPolicy(policy: string): ConfigurationError {
    return new ConfigurationError([
      `REDIS_URL: the maxmemory-policy of this Redis is ${policy}, so it may evict jobs when its memory is full; ` +
        'set it to noeviction (or set REDIS_ALLOW_EVICTION=true to accept the risk)',
    ]);
  }

  /** The user of Redis lacks permissions. @param denied the commands, or what Redis says @param tag what all keys and channels begin with */
  static redisPermissions({ denied, tag }: { denied: string; tag: string }): ConfigurationError {
    return new ConfigurationError([
      `REDIS_URL: the user of Redis lacks permissions: ${denied}; allow the commands that docs/operations.md lists, ` +
        `the keys ${tag}:* and the channels ${tag}:*`,
    ]);
  }

  /**
   * The process cannot listen on this address.
   * @returns null when the error has nothing to do with the address
   */
  static cannotListen(
    error: unknown,
    { variable, port, host }: { variable: 'PORT' | 'METRICS_PORT'; port: number; host: string },
  ): ConfigurationError | null {
    const hostVariable = variable === 'PORT' ? 'HOST' : 'METRICS_HOST';
    const code = error instanceof Error && 'code' in error ? error.code : null;
    switch (code) {
      case 'EADDRINUSE':
        return new ConfigurationError([`${variable}: port ${port} of ${host} is already in use`]);
      case 'EACCES':
        return new ConfigurationError([`${variable}: this user may not listen on port ${port}`]);
      case 'EADDRNOTAVAIL':
        return new ConfigurationError([
          `${hostVariable}: ${host} is not an address of this machine; leave the variable out to listen on all`,
        ]);
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
        return new ConfigurationError([`${hostVariable}: the name ${host} cannot be resolved`]);
      default:
        return null;
    }
  }
}

/** Where the errors are written: the log, so that all output has its format. */
export interface ErrorLog {
  error(message: string, fields: { readonly detail: string }): void;
}

/** Ends the process with exit code 78 after a log line for each error. Rethrows anything but a {@link ConfigurationError}. */
export function exitOnConfigError(error: unknown, log: ErrorLog): never {
  if (!(error instanceof ConfigurationError)) throw error;
  for (const detail of error.errors) log.error('The configuration is invalid', { detail });
  process.exit(EXIT_CODE_CONFIGURATION);
}
