import { mkdirSync } from 'node:fs';
import { inProject, startValkey, type Valkey } from '../local/services/index.js';

/** Starts a Valkey on the directory `HISTORY` (by default `.local/history`), whose `dump.rdb` it loads if there is one. */
export async function startHistoryValkey(): Promise<Valkey> {
  const dir = process.env['HISTORY'] ?? inProject('.local', 'history');
  mkdirSync(dir, { recursive: true });
  return await startValkey({ dir, conf: { appendonly: 'no' } });
}
