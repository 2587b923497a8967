import { expect } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { type JobRecord } from '#jobs';
import { until } from '../../local/services/index.js';
import { bare } from '../support/definitions.js';
import { memoryOf, processorTimeOf } from '../support/process-figures.js';
import { type Answer } from '#client';
import { TestEnvironment } from '../support/test-environment.js';
import { outcomes, LoadGenerator } from './load-generator.js';

const AWAY_MS = 65_000;
/** Stacks are created meanwhile: they take longer than any machine takes until the outage begins, and hardly longer than the outage. */
const WAIT_SECONDS = 60;
const BEFORE_MS = 1_500;
/** No request may hang. Long enough for a slow machine: an unavailable Redis is detected within seconds, and a token service gets five. */
const ANSWER_LIMIT_MS = 30_000;
const READ_LIMIT_MS = 120_000;

/** The final states of jobs, by stack name, and how often AWS has created each stack. */
type Ends = Readonly<Record<string, { status: string; attempts: number; created: number }>>;

async function ends(served: TestEnvironment, jobs: Readonly<Record<string, string>>): Promise<Ends> {
  const all = Object.entries(jobs).map(async ([name, id]) => {
    const { attempt, progress } = await served.ended(id);
    const created = await served.calls('CreateStack', `${name}-v1`);
    return [name, { status: progress.status, attempts: attempt, created }] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}

/** State that must not remain when all jobs have ended, also one whose submission was stored and got no response. */
async function remains(served: TestEnvironment): Promise<readonly string[]> {
  await until('no job to be unfinished', async () =>
    (await served.leakedKeys()).every((key) => !key.endsWith(':unfinished')),
  );
  await served.quiet();
  await served.filesRemoved();
  return await served.leakedKeys();
}

/** The end of jobs that have all succeeded, each stack created once. */
export function onceEach(names: readonly string[]): unknown {
  const end: unknown = expect.objectContaining({ status: 'succeeded', created: 1 });
  return Object.fromEntries(names.map((name) => [name, end]));
}

/** A job in its step "wait", whose stack takes some time. */
async function waitingJob(served: TestEnvironment, name: string, seconds: number): Promise<string> {
  await served.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: `${name}-v1`, seconds });
  const id = await served.deployByApi(bare(name));
  await served.inStep(id, 'wait');
  return id;
}

/** A job whose call for the stack is in flight, and takes some time. */
async function creatingJob(served: TestEnvironment, name: string, seconds: number): Promise<string> {
  await served.aws.control.addFault({ kind: 'delay', action: 'CreateStack', stack: `${name}-v1`, seconds });
  const id = await served.deployByApi(bare(name));
  await served.acting(id, 'create');
  return id;
}

/** The environments of all outages, to be stopped at the end. */
export const started: TestEnvironment[] = [];
async function start(workerEnv: Readonly<Record<string, string>> = {}): Promise<TestEnvironment> {
  const served = await TestEnvironment.start({ apis: 1, workers: 1, stackSeconds: 1, workerEnv });
  started.push(served);
  return served;
}

async function redisAway() {
  const served = await start({ WORKER_CONCURRENCY: '1' });
  const waits = await waitingJob(served, 'redis-waits', WAIT_SECONDS);
  const creates = await creatingJob(served, 'redis-creates', 30);
  const queued = await served.deployByApi(bare('redis-queued'));
  const [pid] = served.workers.map((worker) => worker.pid);
  if (pid === undefined) throw new Error('there is no worker');
  const figures = async () => ({ memory: await memoryOf(served.api.pid), processor: await processorTimeOf(pid) });

  let version = 0;
  const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
    served.call(method, path, { body, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
  const calls = new LoadGenerator(
    {
      submission: () => {
        version += 1;
        const body = { senza_yaml: bare('redis-stream'), stack_version: `s${version}`, dry_run: true };
        return ask('POST', '/api/deployments', body);
      },
      history: () => ask('GET', '/api/jobs'),
      wait: () => ask('GET', `/api/jobs/${waits}?wait=5`),
      stacks: () => ask('GET', '/api/stacks'),
    },
    500,
  );
  await after(BEFORE_MS);
  const before = await figures();
  await served.valkey.kill();
  const gone = performance.now();
  await after(AWAY_MS);
  const back = performance.now();
  await calls.stop();
  if (!served.api.child.isRunning) throw new Error(`the API has ended:\n${served.api.child.tail}`);
  const then = await figures();
  const alive = served.workers.every(({ child }) => child.isRunning);
  await served.restartValkey();

  const accepted = calls.calls.flatMap(({ what, answer }) =>
    what === 'submission' && answer?.status === 202 ? [String(answer.headers.get('location')).split('/').at(-1)] : [],
  );
  const jobs = { 'redis-waits': waits, 'redis-creates': creates, 'redis-queued': queued };
  const ended = await ends(served, jobs);
  await until('the history to be served', async () => (await served.call('GET', '/api/jobs')).status === 200);
  const history = JSON.stringify((await served.call('GET', '/api/jobs?limit=200')).json);
  const streamed = await Promise.all(accepted.map((id) => served.ended(id ?? '')));
  return {
    outcomes: outcomes(calls.between(gone, back)),
    unanswered: calls.calls.filter(({ answer }) => answer === null).length,
    alive,
    grownBy: then.memory - before.memory,
    processorTime: then.processor - before.processor,
    ended,
    streamed: streamed.map(({ progress }) => progress.status),
    misreported: served.workers.flatMap(({ child }) =>
      child.lines.filter((line) => /AWS cannot be read|Worker is unhealthy/.test(line)),
    ),
    missing: [...Object.values(jobs), ...accepted].filter((id) => id === undefined || !history.includes(id)),
    remains: await remains(served),
  };
}

async function tokenServiceAway() {
  const served = await start();
  const cutOff = served.newToken();
  const hanging = served.newToken();
  const known = served.newToken();
  const knownHanging = served.newToken();
  for (const token of [known, knownHanging]) await served.call('GET', '/api/jobs', {}, token);
  const waits = await waitingJob(served, 'token-waits', WAIT_SECONDS);
  served.tokens.setFault({ kind: 'cut' });
  for (const token of [hanging, knownHanging]) served.tokens.setFault({ kind: 'hang' }, token);
  const gone = performance.now();
  const ask = (token: string) => () =>
    served.call('GET', '/api/jobs', { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }, token);
  const calls = new LoadGenerator(
    {
      known: ask(known),
      'known, hanging': ask(knownHanging),
      unknown: ask(cutOff),
      'unknown, hanging': ask(hanging),
    },
    1_000,
  );
  const meanwhile = await served.deployByApi(bare('token-meanwhile'));
  const ended = await ends(served, { 'token-waits': waits, 'token-meanwhile': meanwhile });
  await after(Math.max(0, AWAY_MS - (performance.now() - gone)));
  await calls.stop();
  for (const token of [undefined, hanging, knownHanging]) served.tokens.setFault(undefined, token);
  // The circuit breaker asks the token service again after some seconds.
  for (const token of [known, cutOff, hanging, knownHanging]) {
    await until('the token to be accepted again', async () => (await ask(token)()).status === 200);
  }
  return {
    outcomes: outcomes(calls.calls),
    ended,
    remains: await remains(served),
  };
}

/** AWS unavailable for a minute: what jobs and reads show meanwhile, and how the jobs finish. */
async function awsAway(
  name: string,
  away: { begin: (s: TestEnvironment) => unknown; end: (s: TestEnvironment) => unknown },
) {
  const served = await start();
  const waits = await waitingJob(served, `${name}-waits`, WAIT_SECONDS);
  // Its command has started, but has not made its first change.
  await served.aws.control.addFault({ kind: 'delay', service: 'iam', seconds: 4 });
  const creates = await served.deployByApi(bare(`${name}-creates`));
  await served.acting(creates, 'create');
  await away.begin(served);
  const gone = performance.now();
  const submitted = await served.deployByApi(bare(`${name}-new`));
  const readStacks = () => served.call('GET', '/api/stacks', { signal: AbortSignal.timeout(READ_LIMIT_MS) });
  let read = await readStacks();
  // A listing that was read just before the outage is served for some seconds.
  await until('the outage to be reported', async () => {
    read = await readStacks();
    return read.status !== 200;
  });
  const jobs = { [`${name}-waits`]: waits, [`${name}-creates`]: creates, [`${name}-new`]: submitted };
  const reasons = new Set<string>();
  const unfinished = new Set<boolean>();
  while (performance.now() - gone < AWAY_MS) {
    const all = await Promise.all(Object.values(jobs).map((id) => served.job(id)));
    for (const job of all) {
      const reason = reasonOf(job);
      if (reason !== null) reasons.add(`${job.submission.stack_name} ${reason}`);
      unfinished.add(job.progress.finished_at === null);
    }
    await after(500);
  }
  await away.end(served);
  const ended = await ends(served, jobs);
  await until('stacks to be read', async () => (await served.call('GET', '/api/stacks')).status === 200);
  return {
    read: [read.status, Number(read.headers.get('retry-after')) > 0],
    reasons,
    unfinished: [...unfinished],
    ended,
    remains: await remains(served),
  };
}

function reasonOf({ progress }: JobRecord): string | null {
  return progress.waiting_for?.reason ?? null;
}

const CUT = {
  begin: (served: TestEnvironment) => served.aws.control.addFault({ kind: 'cut_before', times: null }),
  end: (served: TestEnvironment) => served.aws.control.clearFaults(),
};
const HUNG = {
  begin: (served: TestEnvironment) => {
    served.aws.child.signal('SIGSTOP');
  },
  end: (served: TestEnvironment) => {
    served.aws.child.signal('SIGCONT');
  },
};

/** Observations during each outage and after it. */
interface OutageReports {
  readonly redis: Awaited<ReturnType<typeof redisAway>>;
  readonly tokens: Awaited<ReturnType<typeof tokenServiceAway>>;
  readonly cut: Awaited<ReturnType<typeof awsAway>>;
  readonly hung: Awaited<ReturnType<typeof awsAway>>;
}

/** Plays all outages at the same time. */
export async function playAll(): Promise<OutageReports> {
  const [redis, tokens, cut, hung] = await Promise.all([
    redisAway(),
    tokenServiceAway(),
    awsAway('cut', CUT),
    awsAway('hung', HUNG),
  ]);
  return { redis, tokens, cut, hung };
}
