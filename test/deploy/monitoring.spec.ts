import { describe, expect, it } from '@jest/globals';
import { ApiMetrics, WorkerMetrics } from '#telemetry';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { inProject } from '../../local/services/index.js';
import { readComposeFile } from './compose-file.js';

const read = (path: string): string => readFileSync(inProject(...path.split('/')), 'utf8');

const rules = z
  .object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({ alert: z.string(), expr: z.string(), annotations: z.object({ runbook: z.string() }).loose() }),
        ),
      }),
    ),
  })
  .parse(parse(read('deploy/prometheus/rules.yaml')))
  .groups.flatMap((group) => group.rules);

const board = z
  .object({
    panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) })),
  })
  .parse(JSON.parse(read('deploy/grafana/lizzy.json')));

/** All names of series that the processes export: a histogram has three. */
function seriesNames(): Set<string> {
  const names = new Set<string>();
  for (const { registry } of [new ApiMetrics('3.0.0'), new WorkerMetrics('3.0.0', 1)])
    for (const { name } of registry.getMetricsAsArray())
      for (const suffix of ['', '_bucket', '_count', '_sum']) names.add(`${name}${suffix}`);
  return names;
}

function unknownNames(expressions: readonly string[]): string[] {
  const known = seriesNames();
  const used = expressions.flatMap((expression) => expression.match(/\blizzy_\w+/g) ?? []);
  expect(used.length).toBeGreaterThan(0);
  return used.filter((name) => !known.has(name));
}

describe('the alert rules', () => {
  it('use metrics that exist', () => {
    expect(unknownNames(rules.map(({ expr }) => expr))).toEqual([]);
  });

  it('name a section of a document that exists', () => {
    for (const { alert, annotations } of rules) {
      const [path = '', anchor] = annotations.runbook.split('#');
      const headings = [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title.toLowerCase().replaceAll(' ', '-'),
      );
      expect(headings).toContain(anchor);
      expect(anchor).toBe(alert.toLowerCase());
    }
  });
});

describe('the Grafana board', () => {
  it('uses metrics that exist', () => {
    expect(unknownNames(board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)))).toEqual([]);
  });
});

describe('the compose profile monitoring', () => {
  const { services } = readComposeFile({});
  const monitoring = Object.values(services).filter(({ profiles }) => profiles?.includes('monitoring'));

  it('mounts files that exist', () => {
    const mounted = monitoring.flatMap(({ volumes }) => volumes.map((each) => each.split(':')[0] ?? ''));
    const files = mounted.filter((path) => path.startsWith('./'));
    expect(files.length).toBeGreaterThan(2);
    expect(files.filter((path) => !existsSync(inProject(...path.split('/'))))).toEqual([]);
  });

  it('scrapes services at the port that they serve metrics on', () => {
    const scraped = z
      .object({
        scrape_configs: z.array(
          z.object({
            job_name: z.string(),
            dns_sd_configs: z.array(z.object({ names: z.array(z.string()), port: z.number() })),
          }),
        ),
      })
      .parse(parse(read('deploy/prometheus/prometheus.yaml')));
    for (const { job_name: job, dns_sd_configs: found } of scraped.scrape_configs)
      for (const { names, port } of found)
        for (const name of names) {
          expect(job).toBe(`lizzy-${name}`);
          expect(services[name]?.environment['METRICS_PORT']).toBe(String(port));
        }
  });
});
