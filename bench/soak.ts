/**
 * How the memory of an API and a worker goes under steady work, in `MINUTES` minutes: `npm run bench`. Pipelines submit
 * dry deployments and poll, a console lists stacks and reads the history. What does not grow any more is flat.
 */
import { startBenchEnvironment } from './bench-environment.js';
import { memoryOf } from './memory.js';

const MINUTES = 4;
const SAMPLES = 8;
const PIPELINES = 4;
const WAIT_SECONDS = 55;
const DEFINITION = 'SenzaInfo:\n  StackName: soak\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n';

const lizzy = await startBenchEnvironment();
const startedAt = performance.now();
const end = startedAt + MINUTES * 60_000;
const done = { jobs: 0, reads: 0 };

async function pipeline(name: string): Promise<void> {
  for (let version = 1; performance.now() < end; version += 1) {
    const wanted = { senza_yaml: DEFINITION, stack_version: `${name}v${version}`, dry_run: true };
    const { id } = await lizzy.client.deploy(wanted);
    const { status } = await lizzy.client.job(id, WAIT_SECONDS);
    if (status !== 'succeeded') throw new Error(`a deployment ended as ${status}`);
    done.jobs += 1;
  }
}

async function reader(): Promise<void> {
  for (; performance.now() < end; done.reads += 1) {
    await lizzy.call('GET', '/api/stacks', 200);
    await lizzy.call('GET', '/api/jobs?limit=50', 200);
  }
}

async function sampler(): Promise<void> {
  for (let sample = 1; sample <= SAMPLES; sample += 1) {
    const at = startedAt + ((end - startedAt) * sample) / SAMPLES;
    await new Promise((resolve) => setTimeout(resolve, at - performance.now()));
    const [api, worker] = [lizzy.apiPid, lizzy.workerPid].map(memoryOf);
    console.log(
      `after ${String(done.jobs).padStart(5)} jobs and ${String(done.reads).padStart(6)} reads: ` +
        `API ${api?.resident.toFixed(0) ?? ''} MB, worker ${worker?.resident.toFixed(0) ?? ''} MB resident`,
    );
  }
}

try {
  const pipelines = Array.from({ length: PIPELINES }, (_, index) => pipeline(String.fromCharCode(97 + index)));
  await Promise.all([...pipelines, reader(), sampler()]);
} finally {
  await lizzy.stop();
}
process.exit();
