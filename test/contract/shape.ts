/** The structure of a body without its values: types, and the names of properties. */
export type Shape = string | { readonly [name: string]: Shape } | readonly Shape[];

/** The shape of a JSON value. Of a list each element counts. */
export function shapeOf(value: unknown): Shape {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shapeOf(each)]));
}

/** The value behind a text, or the text where it is no JSON. */
export function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
