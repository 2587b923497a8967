import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ApiMetrics } from './api-metrics.js';
import { WorkerMetrics } from './worker-metrics.js';

interface Row {
  readonly type: string;
  readonly labels: readonly string[];
  readonly process: string;
}

/** The rows `| \`lizzy_NAME\` | type | labels | process | meaning |` of docs/monitoring.md by name. */
function documented(): Record<string, Row> {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/monitoring.md'), 'utf8');
  const rows: Record<string, Row> = {};
  for (const line of text.split('\n')) {
    const [, name = '', type = '', labels = '', process = ''] =
      /^\| `(lizzy_\w+)` *\| (\w+) *\| ([^|]*?) *\| (\w+) *\|/.exec(line) ?? [];
    if (name !== '') rows[name] = { type, labels: [...labels.matchAll(/\w+/g)].map(String), process };
  }
  return rows;
}

/** The types and labels in a registry's own text, and the labels that it was made with. */
async function exported(metrics: ApiMetrics | WorkerMetrics, process: string): Promise<Record<string, Row>> {
  const descriptions = await metrics.registry.getMetricsAsJSON();
  return Object.fromEntries(
    descriptions.map(({ name, type }) => {
      const metric = metrics.registry.getSingleMetric(name);
      const labels: unknown = metric !== undefined && 'labelNames' in metric ? metric.labelNames : [];
      return [name, { type: String(type), labels: Array.isArray(labels) ? labels.map(String) : [], process }];
    }),
  );
}

describe('docs/monitoring.md', () => {
  it('lists the metrics of both processes with their types and labels', async () => {
    const api = await exported(new ApiMetrics('3.0.0'), 'api');
    const worker = await exported(new WorkerMetrics('3.0.0', 10), 'worker');
    const all = { ...api, ...worker };
    for (const name of Object.keys(api)) {
      const row = worker[name];
      if (row !== undefined) all[name] = { ...row, process: 'both' };
    }
    expect(documented()).toEqual(all);
  });
});
