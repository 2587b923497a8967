import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { freePort, until } from '../../local/services/index.js';
import { bare, failing } from '../support/definitions.js';
import { FakeOtlpReceiver } from '../support/fake-otlp-receiver.js';
import { FakeSentry } from '../support/fake-sentry.js';
import { TestEnvironment } from '../support/test-environment.js';

/** The span of a caller (W3C Trace Context). */
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

/** The samples of a metric, as `name{labels} value` lines without the label `process`. */
async function scrape(port: number): Promise<string[]> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => line.replace(/process="\w+",?|,process="\w+"/, '').replace('{}', ''));
}

const line = z.object({
  time: z.iso.datetime(),
  level: z.string(),
  message: z.string(),
  job_id: z.string().optional(),
  request_id: z.string().optional(),
});

/** The log lines of a process; the others are left out. */
function linesOf(output: readonly string[]): z.output<typeof line>[] {
  return output.flatMap((text) => {
    const parsed = z
      .string()
      .transform((json): unknown => JSON.parse(json))
      .pipe(line)
      .safeParse(text);
    return parsed.success ? [parsed.data] : [];
  });
}

/** The samples of a process when these are among them: it counts a job after the job has ended. */
async function samplesWith(port: number, expected: readonly string[]): Promise<string[]> {
  let samples: string[] = [];
  await until('the metrics', async () => {
    samples = await scrape(port);
    expect(samples).toEqual(expect.arrayContaining([...expected]));
    return true;
  });
  return samples;
}

describe('a deployment', () => {
  const ports = { api: 0, worker: 0 };
  const sentry = new FakeSentry();
  const collector = new FakeOtlpReceiver();
  let lizzy: TestEnvironment;
  let failedJob: string;
  beforeAll(async () => {
    Object.assign(ports, { api: await freePort(), worker: await freePort() });
    const env = {
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'DEBUG',
      SENTRY_DSN: await sentry.listen(),
      SENTRY_ENVIRONMENT: 'spec',
      OTEL_EXPORTER_OTLP_ENDPOINT: await collector.listen(),
    };
    lizzy = await TestEnvironment.start({
      apis: 1,
      workers: 1,
      apiEnv: { ...env, METRICS_PORT: String(ports.api) },
      workerEnv: { ...env, METRICS_PORT: String(ports.worker), METRICS_HOST: '127.0.0.1' },
    });
    const succeeded = await lizzy.deployByApi(bare('seen'), 'v1');
    failedJob = await lizzy.deployByApi(failing('unseen'));
    for (const id of [succeeded, failedJob]) await lizzy.ended(id);
    await lizzy.call('GET', '/api/stacks?region=eu-central-1', { headers: { traceparent: TRACEPARENT } });
    for (const method of ['GET', 'PROPFIND']) await lizzy.call(method, '/no/such/path/1');
  });
  afterAll(async () => {
    await lizzy.stop();
    sentry.close();
    collector.close();
  });

  it('appears in the metrics of the worker', async () => {
    const samples = await samplesWith(ports.worker, [
      'lizzy_jobs_finished_total{kind="deploy",status="succeeded"} 1',
      'lizzy_jobs_finished_total{kind="deploy",status="failed"} 1',
      'lizzy_jobs_finished_total{kind="rollback",status="failed"} 0',
      'lizzy_job_failures_total{kind="deploy",code="stack_failed"} 1',
      'lizzy_job_queued_seconds_count{kind="deploy"} 2',
      'lizzy_job_duration_seconds_count{kind="deploy",status="succeeded"} 1',
      'lizzy_job_step_duration_seconds_count{step="create",status="succeeded"} 2',
      'lizzy_senza_commands_total{command="create",outcome="succeeded",start="warm"} 2',
      'lizzy_worker_healthy 1',
      'lizzy_worker_running_jobs 0',
    ]);
    const seen = samples.join('\n');
    expect(seen).toMatch(
      /lizzy_aws_request_duration_seconds_count\{source="agent",service="CloudFormation",operation="ListStacks",outcome="succeeded"\} [1-9]/,
    );
    expect(seen).toMatch(
      /lizzy_aws_request_duration_seconds_count\{source="senza",service="CloudFormation",operation="CreateStack",outcome="succeeded"\} 2/,
    );
    expect(seen).toMatch(/lizzy_cache_requests_total\{cache="listing",result="load"\} [1-9]/);
  });

  it('appears in the metrics of the API, without paths or users', async () => {
    const samples = await samplesWith(ports.api, [
      'lizzy_jobs_submitted_total{kind="deploy"} 2',
      'lizzy_http_request_duration_seconds_count{method="POST",route="/api/deployments",status="202"} 2',
      'lizzy_http_request_duration_seconds_count{method="GET",route="none",status="404"} 1',
      'lizzy_http_request_duration_seconds_count{method="other",route="none",status="404"} 1',
      'lizzy_http_problems_total{code="not_found"} 2',
      'lizzy_stack_query_duration_seconds_count{query="stacks",outcome="answered"} 1',
      'lizzy_token_service_circuit{state="closed"} 1',
      'lizzy_workers{state="healthy"} 1',
      'lizzy_workers_without_aws 0',
      'lizzy_redis_up 1',
      'lizzy_redis_accepts_changes 1',
      'lizzy_unfinished_jobs 0',
      'lizzy_history_jobs 2',
    ]);
    const seen = samples.join('\n');
    // Once a minute.
    expect(seen).toMatch(/lizzy_token_service_request_duration_seconds_count\{outcome="valid"\} [1-9]/);
    expect(seen).toMatch(/lizzy_token_cache_requests_total\{result="miss"\} [1-9]/);
    expect(seen).not.toMatch(/robot|seen|no\/such/);
  });

  it('appears in the logs of both processes under the IDs of its request and its job', async () => {
    const linesOfJob = (output: readonly string[] = []): z.output<typeof line>[] =>
      linesOf(output).filter(({ job_id: id }) => id === failedJob);
    const { headers } = await lizzy.call('GET', `/api/jobs/${failedJob}`);
    expect(headers.get('x-request-id')).not.toBeNull();
    const [worker] = lizzy.workers;
    await until('the end of the job', () =>
      linesOfJob(worker?.child.lines).some(({ message }) => message === 'Job finished'),
    );
    const ofJob = linesOfJob(worker?.child.lines);
    const [submitted] = linesOf(lizzy.api.child.lines).filter(
      ({ message, job_id: id }) => message === 'Job submitted' && id === failedJob,
    );
    expect(submitted?.request_id).toBeDefined();
    expect([...new Set(ofJob.map(({ request_id: id }) => id))]).toEqual([submitted?.request_id]);
    const answered = linesOf(lizzy.api.child.lines).filter(({ request_id: id }) => id === submitted?.request_id);
    expect(answered.at(-1)).toMatchObject({ message: 'Request answered', job_id: failedJob });
    const story = ofJob.filter(({ level }) => level === 'info').map(({ message }) => message);
    expect(story[0]).toBe('Job started');
    expect(story).toEqual(expect.arrayContaining(['Step started', 'Senza command finished', 'Step finished']));
    expect(story.at(-1)).toBe('Job finished');
  });

  it('writes nothing but log lines', () => {
    for (const { child } of [lizzy.api, ...lizzy.workers])
      expect(linesOf(child.lines)).toHaveLength(child.lines.length);
  });

  it('is reported to Sentry with its tags and commands when it fails', async () => {
    await until('the report', () => sentry.events.length > 0);
    expect(sentry.events).toEqual([
      expect.objectContaining({
        environment: 'spec',
        release: expect.stringMatching(/^lizzy@3/),
        tags: expect.objectContaining({
          process: 'worker',
          job_id: failedJob,
          kind: 'deploy',
          code: 'stack_failed',
          stack: 'unseen-v1',
          step: 'wait',
        }),
        breadcrumbs: expect.arrayContaining([
          expect.objectContaining({ category: 'step', message: 'create: succeeded' }),
          // Of an earlier delivery of the job: it waited for CloudFormation meanwhile.
          expect.objectContaining({
            category: 'change',
            message: expect.stringMatching(/^senza create .* definition\.yaml v1$/),
          }),
          expect.objectContaining({ category: 'step', message: 'wait: failed' }),
        ]),
      }),
    ]);
  });

  it('is one trace from the request over the queue to the commands and the AWS calls', async () => {
    const expected = [
      'POST /api/deployments',
      'job queued',
      'step validate',
      'senza create',
      'step create',
      'CloudFormation.DescribeStacks',
      'step wait',
    ];
    await until('the spans', () => {
      const trace = collector.spans.find(({ name }) => name === 'job deploy')?.traceId;
      const ofJob = collector.spans.filter(({ traceId }) => traceId === trace).map(({ name }) => name);
      expect(ofJob).toEqual(expect.arrayContaining(expected));
      return true;
    });
  });

  it('links the trace of its retry to its own', async () => {
    await lizzy.call('POST', `/api/jobs/${failedJob}/retry`);
    const called = (name: string): (typeof collector.spans)[number][] =>
      collector.spans.filter((span) => span.name === name);
    await until('the span', () => called('POST /api/jobs/:id/retry').length > 0);
    const [retry] = called('POST /api/jobs/:id/retry');
    expect(called('POST /api/deployments').map(({ spanId }) => spanId)).toContain(retry?.links?.[0]?.spanId);
    expect(called('POST /api/deployments').map(({ traceId }) => traceId)).toContain(retry?.links?.[0]?.traceId);
  });

  it('has the AWS calls of a Senza command as children of its span', async () => {
    const createStack = (): { readonly parentSpanId?: string | undefined } | undefined =>
      collector.spans.find(({ name }) => name === 'CloudFormation.CreateStack');
    const commands = (): string[] =>
      collector.spans.filter(({ name }) => name === 'senza create').map(({ spanId }) => spanId);
    await until('the spans', () => {
      expect(commands()).toContain(createStack()?.parentSpanId);
      return true;
    });
  });

  it('continues the trace of a caller in the worker that executes a read', async () => {
    const ofCaller = (): string[] =>
      collector.spans.filter(({ traceId }) => traceId === TRACE_ID).map(({ name }) => name);
    // Of two processes; the first read of a region also asks Senza whether it knows the region.
    const expected = ['CloudFormation.ListStacks', 'GET /api/stacks'];
    await until('the spans', () => expected.every((name) => ofCaller().includes(name)));
    expect(
      ofCaller()
        .filter((name) => name !== 'senza regions')
        .sort(),
    ).toEqual(expected);
  });
});
