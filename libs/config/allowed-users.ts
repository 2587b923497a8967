import { createRequire } from 'node:module';
import { type RE2JS } from 're2js';
import { z } from 'zod';
import { splitList } from './env-types.js';

/** The users that may use the agent. */
export interface AllowedUsers {
  /** Whether the user with this whole name may use the agent. Case matters. */
  allows(user: string): boolean;
  /** The list; null when a pattern decides. */
  readonly names: readonly string[] | null;
  /** The list or the pattern, for display. */
  readonly description: string;
}

const names = z.array(z.string().min(1)).min(1);

/**
 * `ALLOWED_USERS`: a Python list literal as in Lizzy 2 (`['a', "b"]`), a JSON array, or comma-separated names.
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

/** Loaded only if a pattern is set: it takes 7 MB of memory. */
function loadRe2(): Pick<typeof RE2JS, 'compile'> {
  return re2Module.parse(createRequire(import.meta.url)('re2js')).RE2JS;
}

/**
 * `ALLOWED_USER_PATTERN`: a regular expression that the whole name must match. RE2 matches in linear time, so no name can
 * block the event loop.
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

// Names need no escapes; anything else is reported as an error instead of guessed.
function parsePythonList(text: string): string[] | undefined {
  const item = `'[^'"\\\\]*'|"[^'"\\\\]*"`;
  const list = new RegExp(`^[[(]\\s*(?:(?:${item})\\s*,\\s*)*(?:(?:${item})\\s*)?[\\])]$`);
  if (!list.test(text)) return undefined;
  return [...text.matchAll(new RegExp(item, 'g'))].map(([quoted]) => quoted.slice(1, -1));
}
