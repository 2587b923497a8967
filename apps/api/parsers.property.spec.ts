import { describe, expect, it } from '@jest/globals';
import { parseTraceparent } from '#telemetry';
import fc from 'fast-check';
import { auditQuery } from './audit-trail/audit-trail.dto.js';
import { isNoneMatch } from './http/entity-tag.js';
import { checkHeaderFields } from './http/header-fields.js';
import { readPreference } from './http/prefer.decorator.js';
import { fingerprint } from './http/submission-context.decorator.js';
import { historyQuery } from './jobs/history/history-query.dto.js';
import { jobQuery, logQuery } from './jobs/job-query.dto.js';
import { ProblemError } from './problems/problem.error.js';
import { splitStackId, stacksQuery } from './stacks/stack-query.dto.js';

const SEED = { seed: 15, numRuns: 200 };
/** Text as a client can send it, with the characters that the parsers look for. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(',', ';', '=', '"', '\\', ' ', '-', '_', 'W', '/', '*', '0', 'a', 'é', '\u2028', '\u202e'),
    maxLength: 60,
  }),
  fc.constantFrom('wait=1', 'respond-async', '2026-11-22', 'eu-west-1', 'failed', 'hello-v1', 'true', '1', ''),
);
const names = fc.constantFrom(
  'cursor',
  'limit',
  'sort',
  'since',
  'status',
  'stack_name',
  'wait',
  'region',
  '__proto__',
);
const query = fc.dictionary(fc.oneof(names, text), fc.oneof(text, fc.array(text, { maxLength: 5 })));

describe('whatever a client sends', () => {
  it.each(Object.entries({ auditQuery, historyQuery, jobQuery, logQuery, stacksQuery }))(
    'is read or refused by %s',
    (_name, schema) => {
      fc.assert(
        fc.property(query, (given) => {
          const { success, error } = schema.safeParse(given);
          expect(success || error.issues.length > 0).toBe(true);
        }),
        SEED,
      );
    },
  );

  it('is read as Prefer, If-None-Match and traceparent, or ignored', () => {
    fc.assert(
      fc.property(text, (given) => {
        const { waitSeconds } = readPreference(given);
        expect(waitSeconds === null || waitSeconds >= 0).toBe(true);
        expect(isNoneMatch(given, '"tag"')).toBe(given.trim() === '*');
        const trace = parseTraceparent(given);
        expect(trace === undefined || trace === given).toBe(true);
      }),
      SEED,
    );
  });

  it('is the ID of a stack, or of none', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.tuple(text, text).map(([name, version]) => `${name}-${version}`),
        ),
        (id) => {
          try {
            const stack = splitStackId(id);
            expect(`${stack.name}-${stack.version}`).toBe(id);
            expect(id).toMatch(/^[a-zA-Z][a-zA-Z0-9-]*$/);
          } catch (error) {
            expect(error).toBeInstanceOf(ProblemError);
          }
        },
      ),
      SEED,
    );
  });

  it('has header fields that are accepted or refused', () => {
    const fields = fc.array(fc.oneof(fc.constantFrom('host', 'Host', 'authorization'), text), { maxLength: 300 });
    fc.assert(
      fc.property(fc.constantFrom('1.1', '1.0', '0.9'), fields, (httpVersion, rawHeaders) => {
        try {
          checkHeaderFields({ httpVersion, rawHeaders });
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError);
        }
      }),
      SEED,
    );
  });

  it('has a fingerprint that does not depend on the order of its members, and differs from that of other data', () => {
    const data = fc.dictionary(text, fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(data, data, (one, other) => {
        expect(fingerprint(Object.fromEntries(Object.entries(one).toReversed()))).toBe(fingerprint(one));
        const isEqual = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(fingerprint(one) === fingerprint(other)).toBe(isEqual);
      }),
      SEED,
    );
  });
});

function sorted(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(sorted);
  if (typeof data !== 'object' || data === null) return data;
  const entries = Object.entries(data).map(([name, value]): [string, unknown] => [name, sorted(value)]);
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}
