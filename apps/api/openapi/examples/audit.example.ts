import { type AuditPageView } from '../../audit-trail/audit-trail.dto.js';
import { JOB_ID } from './job.example.js';

/** A page of the audit trail. */
export const AUDIT_PAGE: AuditPageView = {
  items: [
    {
      id: '1763836306123-0',
      time: '2026-11-22T18:31:46.123Z',
      process: 'api',
      action: 'submit_deployment',
      outcome: 'allowed',
      reason: null,
      user: 'robot',
      realm: '/services',
      client: 'ci',
      address: '192.0.2.7',
      kind: 'deploy',
      stack_name: 'hello',
      stack_version: 'v1',
      region: 'eu-west-1',
      job_id: JOB_ID,
      request_id: '0d9c0d4b-55d5-4b50-9a3a-2f6d9f1f8a11',
      count: 1,
    },
  ],
  next_cursor: null,
};

/** The same as a download. */
export const AUDIT_CSV =
  'id,time,process,action,outcome,reason,user,realm,client,address,kind,stack_name,stack_version,region,job_id,request_id,count\r\n' +
  `1763836306123-0,2026-11-22T18:31:46.123Z,api,submit_deployment,allowed,,robot,/services,ci,192.0.2.7,deploy,hello,v1,eu-west-1,${JOB_ID},0d9c0d4b-55d5-4b50-9a3a-2f6d9f1f8a11,1\r\n`;
