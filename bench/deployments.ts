import type { BenchEnvironment } from './bench-environment.js';
import type { TimestampingSenza } from './timestamping-senza.js';

const WAIT_SECONDS = 55;
const DEFINITION = 'SenzaInfo:\n  StackName: bench\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n';

/** What was seen of the deployments, in milliseconds each. */
export interface DeploymentTimes {
  /** From the arrival of the 202 to the start of Senza. */
  readonly acceptedToSenza: readonly number[];
  /** From the end of the job to the arrival of the answer at a client that waits for it. */
  readonly endToAnswer: readonly number[];
}

/** Makes dry deployments, one after the other, so that the worker is idle before each. */
export async function measureDeployments(
  lizzy: BenchEnvironment,
  senza: TimestampingSenza,
  count: number,
): Promise<DeploymentTimes> {
  const acceptedToSenza: number[] = [];
  const endToAnswer: number[] = [];
  for (let version = 1; version <= count; version += 1) {
    const before = senza.starts().length;
    const { id } = await lizzy.client.deploy({ senza_yaml: DEFINITION, stack_version: `v${version}`, dry_run: true });
    const accepted = now();
    const job = await lizzy.client.job(id, WAIT_SECONDS);
    const answered = now();
    const started = senza.starts()[before];
    if (job.status !== 'succeeded' || job.finished_at === null || started === undefined) {
      throw new Error(`deployment ${version} ended as ${job.status}: ${job.error?.detail ?? 'Senza was not started'}`);
    }
    acceptedToSenza.push(started - accepted);
    endToAnswer.push(answered - Date.parse(job.finished_at));
  }
  return { acceptedToSenza, endToAnswer };
}

/** Milliseconds since 1970, with fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
