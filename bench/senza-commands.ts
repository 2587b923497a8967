/**
 * What one command of Senza costs as a fork of the runtime's template: time compared with a Python of its own, processor time,
 * and private memory; and the time from a 202 to its first call of AWS: `node dist/bench/senza-commands.js
 * [commands] [memory] [first-call]`. bench/README.md describes the figures.
 */
import { readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { ExecutableLauncher, type Launcher, Senza, SenzaRuntime, Watchdog } from '#senza';
import { senzaCreate } from '#senza/commands/create.js';
import { senzaVersion } from '#senza/commands/version.js';
import { type AwsEmulator, inProject, NO_LAG, startAwsEmulator, until } from '../local/services/index.js';
import { startBenchEnvironment } from './bench-environment.js';
import { childrenOf, memoryOf } from './memory.js';
import { percentile } from './percentile.js';
import { childrenProcessorTime, processorTime } from './processor-time.js';

const ROUNDS = 10;
const REGION = 'eu-west-1';
const WAIT_SECONDS = 55;
const LIMIT_MS = 120_000;
const BARE = 'SenzaInfo: {StackName: bare}\nResources: {Queue: {Type: "AWS::SQS::Queue"}}\n';
const README = readFileSync(inProject('bench', 'lizzy-readme.yaml'), 'utf8');

// Without the rates of an account: commands in a row would be throttled, and their retries counted.
const settings = { ...NO_LAG, cloudformation_calls_per_second: 0, route53_calls_per_second: 0 };
const aws = await startAwsEmulator({ settings });
const watchdog = new Watchdog();
watchdog.start();
const environment = { ...aws.env, PATH: [inProject('.venv', 'bin'), process.env['PATH']].join(delimiter) };
const runtime = new SenzaRuntime({
  interpreter: inProject('.venv', 'bin', 'python'),
  repairs: true,
  environment,
  makeDirectory: () => watchdog.makeDirectory(),
  onWarning: console.warn,
});
await runtime.start();
const senzaOf = (launcher: Launcher): Senza => new Senza({ launcher, timeoutMs: LIMIT_MS, environment, watchdog });
const warm = senzaOf(runtime);
const cold = senzaOf(new ExecutableLauncher('senza'));

let version = 0;
async function create(senza: Senza, definition: string, dryRun: boolean): Promise<void> {
  version += 1;
  const parameters = new Map(definition === README ? [['ImageVersion', '1']] : []);
  const stackName = definition === README ? 'demo' : 'bare';
  const request = { region: REGION, stackName, stackVersion: `v${version}`, definition, parameters, dryRun };
  await senza.run(senzaCreate, { ...request, tags: new Map() }, { signal: AbortSignal.timeout(LIMIT_MS) });
}

const commands: Readonly<Record<string, (senza: Senza) => Promise<unknown>>> = {
  version: (senza) => senza.run(senzaVersion, {}, { signal: AbortSignal.timeout(LIMIT_MS) }),
  'dry run, bare stack': (senza) => create(senza, BARE, true),
  'create, bare stack': (senza) => create(senza, BARE, false),
  'dry run, README definition': (senza) => create(senza, README, true),
};

/** Time of a command, warm and cold, and processor time of a warm one, with its launcher and the template's part. */
async function measureCommands(): Promise<void> {
  console.log(`median of ${ROUNDS}, ms`.padEnd(34) + ['warm', 'cold', 'processor, warm'].map(right).join(''));
  const template = runtime.pid ?? 0;
  const used = (): number =>
    processorTime(template) + childrenProcessorTime(template) + childrenProcessorTime(process.pid);
  for (const [name, run] of Object.entries(commands)) {
    const times = { warm: new Array<number>(), cold: new Array<number>(), processor: new Array<number>() };
    await run(warm);
    for (let round = 0; round < ROUNDS; round += 1) {
      const [usedBefore, startedAt] = [used(), performance.now()];
      await run(warm);
      times.warm.push(performance.now() - startedAt);
      times.processor.push(used() - usedBefore);
      const coldStartedAt = performance.now();
      await run(cold);
      times.cold.push(performance.now() - coldStartedAt);
    }
    // The kernel counts in hundredths of a second: the mean says more than the median.
    const processor = times.processor.reduce((sum, each) => sum + each, 0) / ROUNDS;
    const figures = [percentile(times.warm, 0.5), percentile(times.cold, 0.5), processor];
    console.log(name.padEnd(34) + figures.map((figure) => right(figure.toFixed(0))).join(''));
  }
}

/** Private memory of a command while AWS does not answer its CreateStack, its last call. */
async function measureMemory(emulator: AwsEmulator): Promise<void> {
  for (const [name, definition] of [
    ['bare stack', BARE],
    ['README definition', README],
  ] as const) {
    await emulator.control.addFault({ kind: 'delay', action: 'CreateStack', seconds: 3 });
    const running = create(warm, definition, false);
    const stuck = childrenOf(runtime.pid ?? 0);
    await until('the command to create', async () => {
      stuck.splice(0, Infinity, ...childrenOf(runtime.pid ?? 0));
      return stuck.length > 0 && (await isQuiet(stuck[0] ?? 0));
    });
    const memory = memoryOf(stuck[0] ?? 0);
    await running;
    console.log(`private memory, create, ${name}`.padEnd(46) + `${memory.own.toFixed(1)} MB`);
  }
}

/** Whether a process has used no processor time for a second. */
async function isQuiet(pid: number): Promise<boolean> {
  const before = processorTime(pid);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return processorTime(pid) === before;
}

/** From the arrival of the 202 of a dry deployment to the first call of AWS by Senza, the worker being idle. */
async function measureFirstCall(): Promise<void> {
  const lizzy = await startBenchEnvironment();
  try {
    const times: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const { id } = await lizzy.client.deploy({ senza_yaml: BARE, stack_version: `v${round}`, dry_run: true });
      const accepted = performance.timeOrigin + performance.now();
      await lizzy.client.job(id, WAIT_SECONDS);
      const calls = await lizzy.aws.control.calls({ kind: 'call' });
      const first = calls.find(({ t, user_agent: agent = '' }) => t * 1000 > accepted && agent.startsWith('Boto3'));
      if (first === undefined) throw new Error('Senza has not called AWS');
      if (round > 0) times.push(first.t * 1000 - accepted);
    }
    const [median, longest] = [percentile(times, 0.5), percentile(times, 1)];
    console.log(
      `202 to Senza's first call of AWS`.padEnd(46) + `${median.toFixed(0)} ms, longest ${longest.toFixed(0)}`,
    );
  } finally {
    await lizzy.stop();
  }
}

function right(text: string): string {
  return text.padStart(18);
}

const measurements: Readonly<Record<string, () => Promise<void>>> = {
  commands: measureCommands,
  memory: () => measureMemory(aws),
  'first-call': measureFirstCall,
};
const wanted = process.argv.slice(2);

try {
  for (const [name, measure] of Object.entries(measurements))
    if (wanted.length === 0 || wanted.includes(name)) await measure();
} finally {
  await runtime.stop();
  await watchdog.stop();
  await aws.stop();
}
process.exit();
