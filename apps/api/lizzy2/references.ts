/** A stack's name and, when given, one version of it. */
export interface StackReference {
  readonly name: string;
  readonly version: string | null;
}

// A reference of this form right behind a pair is a further version of the same name (senza/cli.py).
const FURTHER_VERSION = /^v[0-9][a-zA-Z0-9-]*$/;

/**
 * Reads references as Senza does (`get_stack_refs` in its cli.py), but literally, neither as files nor as regular
 * expressions: a name, then its version; then names and versions again. A last name may stand without a version.
 */
export function readReferences(words: readonly string[]): StackReference[] {
  const references: StackReference[] = [];
  for (let at = 0; at < words.length;) {
    const word = words[at] ?? '';
    const before = references.at(-1);
    if (before !== undefined && FURTHER_VERSION.test(word)) {
      references.push({ name: before.name, version: word });
      at += 1;
    } else {
      references.push({ name: word, version: words[at + 1] ?? null });
      at += 2;
    }
  }
  return references;
}

/** Whether a stack is meant by one of the references; no references mean all stacks. */
export function isReferenced(
  stack: { readonly stack_name: string; readonly version: string },
  references: readonly StackReference[],
): boolean {
  if (references.length === 0) return true;
  return references.some(
    ({ name, version }) => name === stack.stack_name && (version === null || version === stack.version),
  );
}
