import { readFileSync } from 'node:fs';
import { inProject } from '../services/index.js';
import { followJob, type JobListener } from './follow-job.js';
import { type LizzyClient } from '#client';
import { LiveView } from './live-view.js';
import { PlainView } from './plain-view.js';

export interface Deployment {
  /** A file in examples/. */
  readonly example: string;
  readonly version: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Deploys an example through the API and shows its steps and log until it finishes. True when it succeeded. */
export async function deployAndShow(client: LizzyClient, wanted: Deployment, signal: AbortSignal): Promise<boolean> {
  const request = {
    senza_yaml: readFileSync(inProject('examples', wanted.example), 'utf8'),
    stack_version: wanted.version,
    ...wanted.options,
  };
  console.log(
    `\nDeploying examples/${wanted.example}, version ${wanted.version} ${describe(wanted.options)}`.trimEnd(),
  );
  const startedAt = Date.now();
  const { id } = await client.deploy(request);

  // The drawing ends with the job, also when following it fails.
  const drawing = new AbortController();
  const drawn = AbortSignal.any([signal, drawing.signal]);
  const live = process.stdout.isTTY ? new LiveView() : undefined;
  const view: JobListener = live ?? new PlainView(console.log);
  const [followed] = await Promise.allSettled([
    followJob(client, id, view, signal).finally(() => {
      drawing.abort();
    }),
    live?.draw(drawn),
  ]);
  if (followed.status === 'rejected') throw followed.reason;
  const job = followed.value;
  const why = job.error === null ? '' : `: ${job.error.detail}`;
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  console.log(`Job ${id} of ${job.stack_name}-${job.stack_version} ${job.status} after ${seconds} s${why}`);
  return job.status === 'succeeded';
}

function describe(options: Deployment['options']): string {
  return options === undefined ? '' : `with ${JSON.stringify(options)}`;
}
