import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { auditPageSchema, type AuditRecordView } from '../../apps/api/audit-trail/audit-trail.dto.js';
import { until } from '../../local/services/index.js';
import { type TestApi } from '../support/api-in-process.js';
import { startApiTest } from '../support/api-test.js';
import { deployment, jobOf, pageOf, problemOf } from './deployment.js';

const ENV = { ADMIN_SCOPE: 'admin', ALLOWED_USERS: 'robot,anna,auditor', TRUSTED_PROXIES: '127.0.0.1' };
const DENIED = 'mallory';

const { environment, api } = await startApiTest({ ...ENV, QUEUE_PREFIX: 'audit' });
const admin = bearer('auditor', ['admin']);
const anna = bearer('anna', ['deploy']);

function bearer(uid: string, scope: string[]): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${environment.tokens.addToken({ uid, scope, realm: '/employees' })}` };
}

async function records(query = '', on = api): Promise<AuditRecordView[]> {
  const answer = await on.call('GET', `/api/audit?limit=200${query}`, { headers: admin });
  return auditPageSchema.parse(answer.json).items;
}

/** Waits for the first record that matches: those of requests are written after the response. */
async function recordOf(query: string, on = api): Promise<AuditRecordView> {
  let found: AuditRecordView | undefined;
  await until(`a record ${query}`, async () => {
    [found] = await records(query, on);
    return found !== undefined;
  });
  if (found === undefined) throw new Error('no record');
  return found;
}

describe('the audit trail', () => {
  it('reads four pages of a user at a time, so that the requests of others are answered meanwhile', async () => {
    // The token is known then. Requests are counted in Redis.
    await records();
    await environment.redis.call('CLIENT', 'PAUSE', '10000', 'WRITE');
    const reads = Array.from({ length: 6 }, () => records());
    const queued = async (): Promise<boolean> =>
      (await api.metrics()).includes('lizzy_http_queued_requests{process="api"} 2');
    await until('two that wait for their turn', queued);
    await environment.redis.call('CLIENT', 'UNPAUSE');
    expect(await Promise.all(reads)).toHaveLength(6);
  });

  it('records who submitted what, from where, as which job', async () => {
    const answer = await api.call('POST', '/api/deployments', {
      body: deployment({ stack_version: 'who' }),
      headers: { ...anna, 'x-forwarded-for': '192.0.2.7', 'x-request-id': 'request-1' },
    });
    const { id } = jobOf(answer);
    expect(await recordOf(`&job_id=${id}`)).toMatchObject({
      process: 'api',
      action: 'submit_deployment',
      outcome: 'allowed',
      reason: null,
      user: 'anna',
      realm: '/employees',
      address: '192.0.2.7',
      kind: 'deploy',
      stack_name: 'hello',
      stack_version: 'who',
      region: 'eu-west-1',
      job_id: id,
      request_id: 'request-1',
      count: 1,
    });
    const lines = auditLines(api).filter(({ job_id }) => job_id === id);
    expect(lines).toEqual([
      expect.objectContaining({ level: 'audit', action: 'submit_deployment', user: 'anna', address: '192.0.2.7' }),
    ]);
  });

  it('has cancellations and retries with the user who requested them, and the end of the job', async () => {
    const { id } = jobOf(await api.call('POST', '/api/deployments', { body: deployment({ stack_version: 'ended' }) }));
    await api.call('POST', `/api/jobs/${id}/cancel`, { headers: anna });
    const retry = jobOf(await api.call('POST', `/api/jobs/${id}/retry`, { headers: anna }));
    expect((await records(`&job_id=${id}`)).map(({ action, outcome, user }) => [action, outcome, user])).toEqual([
      ['end_job', 'cancelled', 'robot'],
      ['cancel_job', 'allowed', 'anna'],
      ['submit_deployment', 'allowed', 'robot'],
    ]);
    expect(await records(`&job_id=${retry.id}`)).toMatchObject([{ action: 'retry_job', user: 'anna', kind: 'deploy' }]);
  });

  it('has refused tokens, once per address and minute however many come', async () => {
    const headers = { authorization: 'Bearer nonsense', 'x-forwarded-for': '192.0.2.66' };
    await Promise.all(Array.from({ length: 50 }, () => api.call('GET', '/api/jobs', { headers })));
    const query = '&address=192.0.2.66';
    expect(await recordOf(query)).toMatchObject({
      action: 'authenticate',
      outcome: 'denied',
      reason: 'invalid_token',
      user: null,
    });
    expect(await records(query)).toHaveLength(1);
  });

  it('has refused tokens of requests whose path Fastify rejects', async () => {
    const own = await environment.apiInProcess({ ...ENV, QUEUE_PREFIX: 'audit-paths' });
    for (const [path, address] of [
      ['/api/jobs/%zz', '192.0.2.70'],
      [`/api/jobs/${'x'.repeat(600)}`, '192.0.2.71'],
    ] as const) {
      await own.call('GET', path, { headers: { authorization: 'Bearer nonsense', 'x-forwarded-for': address } });
      const query = `&action=authenticate&address=${address}`;
      expect(await recordOf(query, own)).toMatchObject({ outcome: 'denied', reason: 'invalid_token' });
    }
  });

  it('records users who are not allowed, and missing scopes, with the requested action', async () => {
    const mallory = bearer(DENIED, ['deploy']);
    await api.call('DELETE', '/api/stacks/hello-v1', { headers: mallory });
    expect(await recordOf(`&user=${DENIED}`)).toMatchObject({
      action: 'delete_stack',
      outcome: 'denied',
      reason: 'user_not_allowed',
      stack_name: 'hello',
      stack_version: 'v1',
    });
    await api.call('GET', '/api/jobs', { headers: bearer('robot', ['uid']) });
    expect(await recordOf('&action=read')).toMatchObject({
      user: 'robot',
      outcome: 'denied',
      reason: 'insufficient_scope',
    });
  });

  it('records invalid changes and those over a limit as rejected, without their values', async () => {
    const body = deployment({ stack_version: 'not-allowed!', parameters: ['Secret=canary-1'] });
    await api.call('POST', '/api/deployments', { body, headers: anna });
    const record = await recordOf('&user=anna&outcome=rejected');
    expect(record).toMatchObject({ action: 'submit_deployment', reason: 'invalid_request' });
    expect(JSON.stringify(await records())).not.toContain('canary-1');
  });

  it('has reads of definitions and of itself', async () => {
    const { id } = jobOf(await api.call('POST', '/api/deployments', { body: deployment({ stack_version: 'read' }) }));
    await api.call('GET', `/api/jobs/${id}/definition`, { headers: anna });
    expect(await recordOf('&action=read_definition')).toMatchObject({ user: 'anna', job_id: id, outcome: 'allowed' });
    expect(await recordOf('&action=read_audit&outcome=allowed')).toMatchObject({ user: 'auditor' });
  });

  it('pages without gaps and duplicates, by time, too', async () => {
    const all = (await records('&user=robot,anna')).map(({ id }) => id);
    expect(all.length).toBeGreaterThan(3);
    const paged: string[] = [];
    let path: string | null = '/api/audit?limit=4&user=robot,anna';
    while (path !== null) {
      const answer = await api.call('GET', path, { headers: admin });
      const { items, next_cursor: next } = auditPageSchema.parse(answer.json);
      paged.push(...items.map(({ id }) => id));
      expect(answer.headers.get('link')?.includes(`cursor=${next ?? ''}>; rel="next"`) ?? null).toBe(
        next === null ? null : true,
      );
      path = next === null ? null : `/api/audit?limit=4&user=robot,anna&cursor=${next}`;
    }
    expect(paged).toEqual(all);
    const middle = (await records('&user=robot,anna'))[1]?.time ?? '';
    const sides = [
      await records(`&user=robot,anna&since=${middle}`),
      await records(`&user=robot,anna&until=${middle}`),
    ];
    expect(sides.flat().map(({ id }) => id)).toEqual(all);
    // Nothing is older than 1970.
    expect((await records('&user=robot,anna&since=0020-02-29')).map(({ id }) => id)).toEqual(all);
    for (const query of ['&until=0020-02-29', '&until=1970-01-01', '&cursor=0-0', '&cursor=00-0'])
      expect(await records(query)).toEqual([]);
  });

  it('can be downloaded as lines of JSON and as CSV', async () => {
    const lines = await api.call('GET', '/api/audit', { headers: { ...admin, accept: 'application/x-ndjson' } });
    const parsed = lines.text.trim().split('\n');
    expect(parsed.length).toBeGreaterThan(5);
    const csv = await api.call('GET', '/api/audit?user=anna', { headers: { ...admin, accept: 'text/csv' } });
    const [header, ...rows] = csv.text.trim().split('\r\n');
    expect(header).toMatch(/^id,time,process,action,outcome,reason,user,/);
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.every((row) => row.includes(',anna,'))).toBe(true);
  });

  it('can be read by administrators only', async () => {
    const denied = await api.call('GET', '/api/audit', { headers: anna });
    expect([denied.status, problemOf(denied)]).toMatchObject([403, { required_scope: 'admin' }]);
    expect(denied.headers.get('www-authenticate')).toContain('scope="admin"');
    const without = await environment.apiInProcess({ QUEUE_PREFIX: 'no-admin' });
    const off = await without.call('GET', '/api/audit');
    expect([off.status, problemOf(off).detail]).toEqual([
      403,
      'This agent has no administrators: ADMIN_SCOPE is not set',
    ]);
  });

  it('is read although a record that another program has written has an impossible time', async () => {
    const odd = await environment.apiInProcess({ ...ENV, QUEUE_PREFIX: 'odd-audit' });
    await environment.redis.xadd('{odd-audit}:audit', '99999999999999999-0', 'action', 'read');
    expect(await records('', odd)).toMatchObject([{ time: '1970-01-01T00:00:00.000Z', action: 'read' }]);
  });

  it('is a condition of a change: without a record nothing is accepted', async () => {
    const broken = await environment.apiInProcess({ ...ENV, QUEUE_PREFIX: 'broken-audit' });
    const { id } = jobOf(await broken.call('POST', '/api/deployments', { body: deployment() }));
    await environment.redis.set('{broken-audit}:audit', 'no stream');
    const refused = await broken.call('POST', '/api/deployments', { body: deployment({ stack_version: 'v2' }) });
    expect([refused.status, problemOf(refused).detail]).toEqual([
      503,
      expect.stringContaining('The audit trail in Redis cannot be written; nothing was changed'),
    ]);
    expect((await broken.call('POST', `/api/jobs/${id}/cancel`)).status).toBe(503);
    const page = pageOf(await broken.call('GET', '/api/jobs'));
    expect(page.items.map((job) => [job.id, job.status])).toEqual([[id, 'queued']]);
    expect(broken.logged()).toContain('Audit record not written');

    const remedy = /key \{broken-audit\}:audit is not a stream\. Move it away/;
    for (const accept of ['application/json', 'text/csv']) {
      const answer = await broken.call('GET', '/api/audit', { headers: { ...admin, accept } });
      expect([answer.status, problemOf(answer).detail]).toEqual([503, expect.stringMatching(remedy)]);
    }
    const status = { checks: { redis: { status: 'failing', detail: expect.stringMatching(remedy) } } };
    expect((await broken.call('GET', '/api/status')).json).toMatchObject(status);
    // Reads work: the API stays ready, and an alert tells.
    expect((await broken.call('GET', '/health/ready')).status).toBe(200);
    expect(await broken.metrics()).toMatch(/^lizzy_redis_accepts_changes\S* 0$/m);
    await environment.redis.rename('{broken-audit}:audit', 'moved-away');
    expect((await broken.call('POST', `/api/jobs/${id}/cancel`)).status).toBe(202);
  });
});

describe('JOB_ACTIONS=owner', () => {
  it('lets only the submitter and administrators cancel and retry a job', async () => {
    const owned = await environment.apiInProcess({ ...ENV, JOB_ACTIONS: 'owner', QUEUE_PREFIX: 'owned' });
    const { id } = jobOf(await owned.call('POST', '/api/deployments', { body: deployment(), headers: anna }));
    const mine = jobOf(await owned.call('GET', `/api/jobs/${id}`, { headers: anna }));
    expect([mine['actions'], jobOf(await owned.call('GET', `/api/jobs/${id}`))['actions']]).toEqual([
      { cancel: true, retry: false },
      { cancel: false, retry: false },
    ]);
    for (const action of ['cancel', 'retry']) {
      const denied = await owned.call('POST', `/api/jobs/${id}/${action}`);
      expect([denied.status, problemOf(denied)]).toMatchObject([403, { requested_by: 'anna' }]);
      expect(problemOf(denied).detail).toBe(
        'Only "anna", who submitted this job, and administrators may cancel or retry it',
      );
    }
    expect(await recordOf(`&job_id=${id}&outcome=denied&action=cancel_job`, owned)).toMatchObject({
      user: 'robot',
      reason: 'not_job_owner',
    });
    expect((await owned.call('POST', `/api/jobs/${id}/cancel`, { headers: anna })).status).toBe(202);
    const both = bearer('auditor', ['admin', 'deploy']);
    const retry = jobOf(await owned.call('POST', `/api/jobs/${id}/retry`, { headers: both }));

    // The retry of an administrator stays a job of the submitter.
    expect(jobOf(await owned.call('GET', `/api/jobs/${retry.id}`, { headers: anna }))).toMatchObject({
      requested_by: 'auditor',
      actions: { cancel: true },
    });
    expect((await owned.call('POST', `/api/jobs/${retry.id}/cancel`)).status).toBe(403);
    expect((await owned.call('POST', `/api/jobs/${retry.id}/cancel`, { headers: anna })).status).toBe(202);
    expect((await owned.call('POST', `/api/jobs/${id}/retry`, { headers: anna })).status).toBe(202);
  });
});

const line = z.looseObject({ level: z.string(), message: z.string(), job_id: z.string().optional() });

function auditLines(of: TestApi): z.output<typeof line>[] {
  const lines = of.logged().trim().split('\n');
  return lines.map((text) => line.parse(JSON.parse(text))).filter(({ message }) => message === 'Audit');
}
