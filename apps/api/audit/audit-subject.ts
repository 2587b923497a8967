import { type FastifyRequest } from 'fastify';

// Only names that can exist are recorded: the audit trail is no place for arbitrary text of callers.
const JOB_ID = /^[\w-]{1,64}$/;
const STACK_NAME = /^[a-zA-Z][a-zA-Z0-9-]{0,127}$/;

/** What the path of a request names: a job, an application or a stack version. */
export function subjectOf({ params, routeOptions }: Pick<FastifyRequest, 'params' | 'routeOptions'>): {
  job_id: string | null;
  stack_name: string | null;
  stack_version: string | null;
} {
  const subject = { job_id: null, stack_name: null, stack_version: null };
  const named = textOf(params, 'id') ?? textOf(params, 'name');
  const pattern = routeOptions.url ?? '';
  if (named === null) return subject;
  if (pattern.startsWith('/api/jobs/')) return { ...subject, job_id: JOB_ID.test(named) ? named : null };
  if (!STACK_NAME.test(named)) return subject;
  if (pattern.startsWith('/api/applications/')) return { ...subject, stack_name: named };
  const at = named.lastIndexOf('-');
  return at < 1
    ? { ...subject, stack_name: named }
    : { ...subject, stack_name: named.slice(0, at), stack_version: named.slice(at + 1) };
}

function textOf(params: unknown, name: string): string | null {
  if (typeof params !== 'object' || params === null) return null;
  const value: unknown = Object.entries(params).find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value : null;
}
