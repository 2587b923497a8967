import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { Child, freePort, inProject, until } from '../../local/services/index.js';
import { failing, weighted } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

/** Unpacked by `npm run check:deploy`, or installed. */
const UNPACKED = inProject('.local', 'prometheus', 'usr', 'bin', 'prometheus');
const PROMETHEUS = existsSync(UNPACKED) ? UNPACKED : 'prometheus';
const PROMTOOL = existsSync(UNPACKED) ? join(dirname(UNPACKED), 'promtool') : 'promtool';

/** Events that the test does not cause, and a limit that its Valkey does not have. */
const WITHOUT_DATA = [
  'sum by (code) (increase(lizzy_job_deferrals_total[1h]))',
  'sum(increase(lizzy_job_takeovers_total[1h]))',
  'max(lizzy_redis_memory_limit_bytes) > 0',
];

const answer = <T extends z.ZodType>(data: T): z.ZodObject<{ status: z.ZodLiteral<'success'>; data: T }> =>
  z.object({ status: z.literal('success'), data });
const targets = answer(
  z.object({ activeTargets: z.array(z.object({ labels: z.object({ job: z.string() }), health: z.string() })) }),
);
const rules = answer(z.object({ groups: z.array(z.object({ rules: z.array(z.object({ health: z.string() })) })) }));
const alerts = answer(
  z.object({ alerts: z.array(z.object({ labels: z.object({ alertname: z.string() }), state: z.string() })) }),
);
const result = answer(z.object({ result: z.array(z.unknown()) }));
const board = z.object({
  panels: z.array(z.object({ targets: z.array(z.object({ expr: z.string() })).default([]) })),
});
const configuration = z.object({ scrape_configs: z.array(z.object({ job_name: z.string() })) });

const read = (...path: string[]): string => readFileSync(inProject('deploy', ...path), 'utf8');

describe('Prometheus with the files of deploy/', () => {
  let lizzy: TestEnvironment;
  let prometheus: Child;
  let port: number;
  /** The ports of the metrics by job. */
  const ports = new Map<string, number>();
  const directory = mkdtempSync(join(tmpdir(), 'lizzy-prometheus-'));

  beforeAll(async () => {
    for (const job of ['lizzy-api', 'lizzy-worker']) ports.set(job, await freePort());
    const metrics = (job: string): Record<string, string> => ({ METRICS_PORT: String(ports.get(job)) });
    lizzy = await TestEnvironment.start({ tokens: true });
    await lizzy.addApi(metrics('lizzy-api'));
    await lizzy.addWorker(metrics('lizzy-worker'));
    // As in deploy/prometheus, but scraped every second and at these ports instead of by DNS.
    const { scrape_configs: jobs } = configuration.parse(parse(read('prometheus', 'prometheus.yaml')));
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [inProject('deploy', 'prometheus', 'rules.yaml')],
      scrape_configs: jobs.map(({ job_name: job }) => ({
        job_name: job,
        static_configs: [{ targets: [`127.0.0.1:${String(ports.get(job))}`] }],
      })),
    };
    const file = join(directory, 'prometheus.yaml');
    writeFileSync(file, stringify(config));
    port = await freePort();
    prometheus = await Child.start({
      name: 'Prometheus',
      command: PROMETHEUS,
      args: [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
    });
    await until('Prometheus to be ready', async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok);
  });
  afterAll(async () => {
    await prometheus.stop();
    await lizzy.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const ask = async <T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> =>
    schema.parse(await (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json());
  const hasData = async (expression: string): Promise<boolean> => {
    const expr = expression.replaceAll('$__rate_interval', '1m');
    return (await ask(`query?${new URLSearchParams({ query: expr }).toString()}`, result)).data.result.length > 0;
  };

  it('scrapes both processes and loads all rules', async () => {
    await until('both targets to be up', async () => {
      const { activeTargets } = (await ask('targets', targets)).data;
      return activeTargets.length === 2 && activeTargets.every(({ health }) => health === 'up');
    });
    await until('all rules to be evaluated', async () => {
      const all = (await ask('rules', rules)).data.groups.flatMap((group) => group.rules);
      return all.length > 0 && all.every(({ health }) => health === 'ok');
    });
  });

  it('finds nothing wrong with the names and descriptions of the metrics', async () => {
    for (const port of ports.values()) {
      const input = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const { exitCode, all } = await execa(PROMTOOL, ['check', 'metrics'], { input, all: true, reject: false });
      expect([exitCode, all]).toEqual([0, '']);
    }
  });

  it('has data for each query of the board', async () => {
    const statusOf = async (definition: string, more: Record<string, unknown>): Promise<unknown> => {
      const id = await lizzy.deployByApi(definition, '1', more);
      return z.object({ status: z.string() }).parse((await lizzy.call('GET', `/api/jobs/${id}?wait=55`)).json).status;
    };
    expect(await statusOf(weighted('shop'), { new_traffic: 100 })).toBe('succeeded');
    expect(await statusOf(failing('broken'), {})).toBe('failed');
    expect((await lizzy.call('GET', '/api/stacks')).status).toBe(200);
    expect((await lizzy.call('GET', '/api/stacks/unknown-1')).status).toBe(404);
    const queries = board
      .parse(JSON.parse(read('grafana', 'lizzy.json')))
      .panels.flatMap(({ targets: all }) => all.map(({ expr }) => expr));
    for (const query of queries) {
      if (WITHOUT_DATA.includes(query)) await expect(hasData(query)).resolves.toBe(false);
      else await until(`data of ${query}`, () => hasData(query));
    }
  });

  it('raises LizzyNoWorker after the worker was killed', async () => {
    await lizzy.workers[0]?.stop('SIGKILL');
    await until('the alert to fire', async () =>
      (await ask('alerts', alerts)).data.alerts.some(
        ({ labels, state }) => labels.alertname === 'LizzyNoWorker' && state === 'firing',
      ),
    );
  });
});
