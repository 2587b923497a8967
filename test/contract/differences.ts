import { readFileSync } from 'node:fs';
import { inProject } from '../../local/services/index.js';

/** An exchange that Lizzy 3 answers otherwise than Lizzy 2.5.4 did, on purpose. */
export interface Difference {
  readonly exchange: string;
  readonly recorded: number;
  readonly status: number;
  /** The title of the problem that Lizzy 3 answers with; null when it answers with none. */
  readonly title: string | null;
  readonly why: string;
}

const ROW = /^\| `([\w-]+)` +\| (\d{3}) +\| (\d{3})(?: `([^`]+)`)? +\| (.+?) +\|$/gm;

/** The one table of differences: the one that docs/upgrading-from-lizzy-2.md shows. */
export function readDifferences(): ReadonlyMap<string, Difference> {
  const text = readFileSync(inProject('docs', 'upgrading-from-lizzy-2.md'), 'utf8');
  const rows = [...text.matchAll(ROW)].map(([, exchange = '', recorded, status, title, why = '']) => {
    return { exchange, recorded: Number(recorded), status: Number(status), title: title ?? null, why };
  });
  return new Map(rows.map((row) => [row.exchange, row]));
}
