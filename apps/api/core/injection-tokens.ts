/** Injection token of the callback for a configuration that turns out to be invalid after startup. */
export const ON_FATAL = Symbol('OnFatal');
