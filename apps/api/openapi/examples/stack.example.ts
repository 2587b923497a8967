import { type ApplicationListView, type ApplicationView } from '../../applications/application.dto.js';
import { type StackView, type TrafficView } from '../../stacks/stack.dto.js';
import { type SchemaDiscovery, type StatusView } from '../../status/status.service.js';
import { JOB_ID } from './job.example.js';

export const STACK: StackView = {
  stack_name: 'hello',
  version: 'v1',
  status: 'CREATE_COMPLETE',
  creation_time: '2026-11-22T18:31:46+00:00',
  description: 'Hello',
};

export const TRAFFIC: TrafficView = { weight: 100 };

export const APPLICATIONS: ApplicationListView = {
  items: [
    { name: 'shop', region: 'eu-west-1', versions: 2, links: { self: '/api/applications/shop?region=eu-west-1' } },
  ],
};

const before = [{ domain: 'shop.example.org', variant: null, weights: { 'shop-1': 100, 'shop-2': 0 } }];
const after = [{ domain: 'shop.example.org', variant: null, weights: { 'shop-1': 0, 'shop-2': 100 } }];

export const APPLICATION: ApplicationView = {
  name: 'shop',
  region: 'eu-west-1',
  versions: [
    {
      version: '1',
      stack: 'shop-1',
      status: 'UPDATE_COMPLETE',
      created_at: '2026-11-20T09:12:01.000Z',
      weights: { 'shop.example.org': 0 },
      job: null,
      failed_resources: [],
      next: [],
    },
    {
      version: '2',
      stack: 'shop-2',
      status: 'UPDATE_COMPLETE',
      created_at: '2026-11-22T18:31:46.000Z',
      weights: { 'shop.example.org': 100 },
      job: JOB_ID,
      failed_resources: [],
      next: [],
    },
  ],
  domains: after,
  unfinished_jobs: [],
  traffic_changes: [
    {
      job_id: JOB_ID,
      kind: 'deploy',
      requested_by: 'robot',
      stack: 'shop-2',
      started_at: '2026-11-22T18:33:01.000Z',
      finished_at: '2026-11-22T18:33:20.000Z',
      before,
      after,
    },
  ],
};

const ok = { status: 'ok', detail: null, since: null } as const;

export const STATUS: StatusView = {
  version: '3.0.0',
  senza_version: '2.1.143',
  status: 'OK',
  checks: { redis: ok, workers: ok, queue: ok, senza: ok, aws: ok, token_service: ok },
  store_created_at: '2026-11-01T08:00:00.000Z',
  config: {
    allowed_users: ['robot'],
    allowed_user_pattern: null,
    deployer_scope: 'deployer',
    log_format: 'json',
    log_level: 'INFO',
    region: 'eu-west-1',
    token_info_url: 'https://auth.example.org/tokeninfo',
    token_url: 'https://auth.example.org/token',
    sync_wait_seconds: 300,
  },
};

export const SCHEMA_DISCOVERY: SchemaDiscovery = {
  schema_type: 'openapi-3.1',
  schema_url: '/api/swagger.json',
  ui_url: '/api/ui/',
};

export const WORKERS = {
  items: [
    {
      id: '2b5a3c1e-8a1d-4d0e-9d36-6f6f1f0c9b77',
      host: 'lizzy-worker-1',
      pid: 12,
      version: '3.0.0',
      senza_version: '2.1.143',
      started_at: '2026-11-22T08:00:00.000Z',
      running: [JOB_ID],
      draining: false,
      unhealthy: null,
      aws_outage: null,
    },
  ],
};
