import { readFile } from 'node:fs/promises';
import { type AwsCall } from '../../../local/services/index.js';
import { type SuiteEnvironment } from './suite-environment.js';
import { type Job, type LizzyClient } from '#client';
import { type Accepted } from './work.js';

const END_LIMIT_MS = 600_000;
const KILOBYTES_PER_MEGABYTE = 1024;

/** The state after a run, observed from outside: by the API, by the calls that AWS recorded, by the operating system. */
export interface Observation {
  readonly accepted: readonly Accepted[];
  /** Every accepted job, by its id. */
  readonly jobs: ReadonlyMap<string, Job>;
  readonly history: readonly Job[];
  readonly calls: readonly AwsCall[];
  /** Keys in Redis that only unfinished jobs may have. */
  readonly keys: readonly string[];
  /** Senza processes, and files of commands or of workers that have exited. */
  readonly senzas: readonly number[];
  readonly files: readonly string[];
  /** The resident memory of the largest process of the agent, in MB. */
  readonly megabytes: number;
}

/** Waits for the end of all jobs, as long as a killed worker can delay them, and collects the remaining state. */
export async function observe(
  agent: SuiteEnvironment,
  client: LizzyClient,
  accepted: readonly Accepted[],
): Promise<Observation> {
  const { rig } = agent;
  await rig.aws.control.clearFaults();
  const ids = [...new Set(accepted.flatMap((each) => each.ids))];
  const ended = await Promise.all(ids.map((id) => client.waitForJob(id, END_LIMIT_MS)));
  // Lizzy 2's call does not wait for its stack: the last of them may still be created.
  await rig.aws.control.finishPending();
  // A running worker checks its Senza now and then: what is left is what does not go.
  const senzas = await rig.quiet().then(
    () => [],
    () => rig.senzas(),
  );
  const files = await rig.filesRemoved().then(
    () => [],
    () => rig.temporaryFiles(),
  );
  return {
    accepted,
    jobs: new Map(ended.map((job) => [job.id, job])),
    history: await client.allJobs(),
    calls: await rig.aws.control.calls({ service: 'cloudformation' }),
    keys: [...(await rig.leakedKeys()), ...(await rig.redis.keys('{lizzy}:jobs:*-*-*-*-*'))],
    senzas,
    files,
    megabytes: Math.max(...(await Promise.all(agent.pids.map(residentMegabytes)))),
  };
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / KILOBYTES_PER_MEGABYTE);
}
