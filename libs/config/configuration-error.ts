/** A wrong environment. The message names every mistake with its variable, one a line. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  /** @param mistakes each begins with the name of its variable; values are left out, since they may be secrets */
  constructor(readonly mistakes: readonly string[]) {
    super(['The configuration is wrong:', ...mistakes.map((mistake) => `  ${mistake}`)].join('\n'));
  }

  /** A Redis that drops keys when its memory is full. @param policy its `maxmemory-policy` */
  static unfitStore(policy: string): ConfigurationError {
    return new ConfigurationError([
      `REDIS_URL: its maxmemory-policy is ${policy}, so that it may drop jobs when its memory is full; it has to be ` +
        'noeviction (REDIS_ALLOW_EVICTION=true: run all the same)',
    ]);
  }
}
