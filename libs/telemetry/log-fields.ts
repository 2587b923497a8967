import { types } from 'node:util';

/** How deep the causes of an error are followed. */
const MAX_CAUSES = 5;

/** Makes a field's value something that JSON can say: errors with their stack and causes, the rest as it is. */
export function plainField(value: unknown): unknown {
  if (types.isNativeError(value)) return plainError(value, MAX_CAUSES);
  return typeof value === 'bigint' ? value.toString() : value;
}

function plainError(error: Error, depth: number): Record<string, unknown> {
  const cause = error.cause;
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...('code' in error ? { code: error.code } : {}),
    ...(depth > 0 && types.isNativeError(cause) ? { cause: plainError(cause, depth - 1) } : {}),
  };
}
