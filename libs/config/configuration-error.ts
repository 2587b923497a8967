/** A wrong environment. The message names every mistake with its variable, one a line. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  /** @param mistakes each begins with the name of its variable; values are left out, since they may be secrets */
  constructor(readonly mistakes: readonly string[]) {
    super(['The configuration is wrong:', ...mistakes.map((mistake) => `  ${mistake}`)].join('\n'));
  }
}
