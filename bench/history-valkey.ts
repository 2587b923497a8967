import { mkdirSync } from 'node:fs';
import { inProject, startValkey, type Valkey } from '../local/services/index.js';

/** How long a Valkey may take to load a million jobs, in milliseconds. */
const LOAD_LIMIT_MS = 180_000;

/** Starts a Valkey on the directory `HISTORY` (by default `.local/history`), whose `dump.rdb` it loads if there is one. */
export async function startHistoryValkey(): Promise<Valkey> {
  const dir = process.env['HISTORY'] ?? inProject('.local', 'history');
  mkdirSync(dir, { recursive: true });
  return await startValkey({ dir, conf: { appendonly: 'no' }, startMilliseconds: LOAD_LIMIT_MS });
}
