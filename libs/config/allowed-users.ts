import { createRequire } from 'node:module';
import { type RE2JS } from 're2js';
import { z } from 'zod';
import { splitList } from './values.js';

/** Who may use the agent. */
export interface AllowedUsers {
  /** Whether the user with this whole name may use the agent. Case matters. */
  allows(user: string): boolean;
  /** The list; null when a pattern decides. */
  readonly names: readonly string[] | null;
  /** For people: the list or the pattern. */
  readonly description: string;
}

const names = z.array(z.string().min(1)).min(1);

/**
 * `ALLOWED_USERS`: a list as Lizzy 2 had it, a literal of Python (`['a', "b"]`), or JSON, or comma-separated names.
 */
export const allowedUserList = z.string().transform((text, context): AllowedUsers => {
  const parsed = names.safeParse(parseList(text.trim()));
  if (parsed.success) {
    const users = new Set(parsed.data);
    return { allows: (user) => users.has(user), names: [...users], description: [...users].join(', ') };
  }
  context.addIssue({ code: 'custom', message: `must be a list of names: ['a','b'], ["a","b"] or a,b` });
  return z.NEVER;
});

const re2Module = z.object({ RE2JS: z.custom<Pick<typeof RE2JS, 'compile'>>((value) => typeof value === 'function') });

/** Loaded only where a pattern is set: it takes 7 MB of memory. */
function loadRe2(): Pick<typeof RE2JS, 'compile'> {
  return re2Module.parse(createRequire(import.meta.url)('re2js')).RE2JS;
}

/**
 * `ALLOWED_USER_PATTERN`: a regular expression that the whole name must match. RE2 takes linear time for any name, so
 * that nobody can choose one that keeps the process busy.
 */
export const allowedUserPattern = z.string().transform((text, context): AllowedUsers => {
  try {
    const pattern = loadRe2().compile(text);
    return { allows: (user) => pattern.matches(user), names: null, description: text };
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a regular expression (RE2)' });
    return z.NEVER;
  }
});

function parseList(text: string): unknown {
  if (!/^[[(]/.test(text)) return splitList(text);
  try {
    return JSON.parse(text);
  } catch {
    return parsePythonList(text);
  }
}

// Strings without escapes are enough for names; anything else is a mistake, not a guess.
function parsePythonList(text: string): string[] | undefined {
  const item = `'[^'"\\\\]*'|"[^'"\\\\]*"`;
  const list = new RegExp(`^[[(]\\s*(?:(?:${item})\\s*,\\s*)*(?:(?:${item})\\s*)?[\\])]$`);
  if (!list.test(text)) return undefined;
  return [...text.matchAll(new RegExp(item, 'g'))].map(([quoted]) => quoted.slice(1, -1));
}
