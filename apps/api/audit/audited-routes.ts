import { type AuditAction } from '#jobs';
import { type FastifyRequest } from 'fastify';

/** The routes that change something, and the reads that are audited as well. */
const ACTIONS: Readonly<Record<string, AuditAction>> = {
  'POST /api/deployments': 'submit_deployment',
  'POST /api/stacks': 'create_stack',
  'PUT /api/stacks/:id': 'update_stack',
  'PATCH /api/stacks/:id': 'patch_stack',
  'DELETE /api/stacks/:id': 'delete_stack',
  'POST /api/applications/:name/rollback': 'roll_back_traffic',
  'POST /api/jobs/:id/cancel': 'cancel_job',
  'POST /api/jobs/:id/retry': 'retry_job',
  'GET /api/jobs/:id/definition': 'read_definition',
  'GET /api/audit': 'read_audit',
};

/** What a request does; null when a route is not audited. */
export function auditedAction(method: string, pattern: string | undefined): AuditAction | null {
  return ACTIONS[`${method} ${pattern ?? ''}`] ?? null;
}

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
