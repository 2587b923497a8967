/**
 * Measures Lizzy 3 with warm commands, Lizzy 3 with a Python for each command, and Lizzy 2.5.4, in turn, on one machine:
 * `node dist/bench/side-by-side.js [--rounds N] [OPERATION...]`. bench/README.md describes the figures.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { inProject } from '../local/services/index.js';
import { type MeasuredAgent, startBenchEnvironment } from './bench-environment.js';
import { startLizzy2 } from './lizzy-2.js';
import { percentile } from './percentile.js';

const AT_ONCE = 20;
const BARE = 'SenzaInfo: {StackName: bare}\nResources: {Queue: {Type: "AWS::SQS::Queue"}}\n';
const README = readFileSync(inProject('bench', 'lizzy-readme.yaml'), 'utf8');
const WEIGHTED = readFileSync(inProject('bench', 'weighted.yaml'), 'utf8');

interface Operation {
  /** Runs once with each agent, before the rounds. */
  readonly prepare?: (agent: MeasuredAgent) => Promise<void>;
  /** Done before each measurement. */
  readonly before?: (agent: MeasuredAgent, round: number) => Promise<void>;
  readonly measured: (agent: MeasuredAgent, round: number) => Promise<unknown>;
}

const create = (
  agent: MeasuredAgent,
  senza_yaml: string,
  stack_version: string,
  others: Readonly<Record<string, unknown>> = {},
): Promise<void> =>
  // Lizzy 2 requires the properties that say what its client does afterwards.
  agent.call('POST', '/api/stacks', 201, { senza_yaml, stack_version, keep_stacks: 0, new_traffic: 0, ...others });

const operations: Readonly<Record<string, Operation>> = {
  'create-bare': { measured: (agent, round) => create(agent, BARE, `c${round}`) },
  'dry-run': { measured: (agent, round) => create(agent, BARE, `d${round}`, { dry_run: true }) },
  'create-readme': { measured: (agent, round) => create(agent, README, `r${round}`, { parameters: ['1.0'] }) },
  'dry-run-readme': {
    measured: (agent, round) => create(agent, README, `s${round}`, { parameters: ['1.0'], dry_run: true }),
  },
  delete: {
    before: (agent, round) => create(agent, BARE, `x${round}`),
    measured: (agent, round) => agent.call('DELETE', `/api/stacks/bare-x${round}`, 204, {}),
  },
  traffic: {
    prepare: async (agent) => {
      for (const version of ['1', '2']) await create(agent, WEIGHTED, version);
      await agent.call('PATCH', '/api/stacks/weighted-2', 202, { new_traffic: 100 });
    },
    measured: (agent, round) =>
      agent.call('PATCH', `/api/stacks/weighted-${(round % 2) + 1}`, 202, { new_traffic: 100 }),
  },
  'creates-at-once': {
    measured: (agent, round) =>
      Promise.all(Array.from({ length: AT_ONCE }, (_, index) => create(agent, BARE, `a${round}b${index}`))),
  },
};

const options = { rounds: { type: 'string', default: '6' } } as const;
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const rounds = Number(values.rounds);
const wanted = positionals.length === 0 ? Object.keys(operations) : positionals;

const agents: Readonly<Record<string, MeasuredAgent>> = {
  warm: await startBenchEnvironment(),
  cold: await startBenchEnvironment({ SENZA_COMMAND: inProject('.venv', 'bin', 'senza') }),
  'lizzy 2': await startLizzy2(),
};

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Median times by agent, in milliseconds. Round 0 is not counted: the emulator loads a service at its first call. */
async function measure({ prepare, before, measured }: Operation): Promise<number[]> {
  const times = Object.values(agents).map((agent) => ({ agent, times: new Array<number>() }));
  for (const { agent } of times) await prepare?.(agent);
  for (let round = 0; round <= rounds; round += 1) {
    for (const each of times) {
      await before?.(each.agent, round);
      const time = await milliseconds(() => measured(each.agent, round));
      if (round > 0) each.times.push(time);
    }
  }
  return times.map((each) => percentile(each.times, 0.5));
}

try {
  console.log(`median of ${rounds}, milliseconds; ratio to Lizzy 2.5.4`);
  console.log(['operation', ...Object.keys(agents), 'warm/2', 'cold/2'].map((head) => head.padEnd(18)).join(''));
  for (const name of wanted) {
    const operation = operations[name];
    if (operation === undefined)
      throw new Error(`there is no operation ${name}: ${Object.keys(operations).join(', ')}`);
    const [warm = NaN, cold = NaN, lizzy2 = NaN] = await measure(operation);
    const figures = [...[warm, cold, lizzy2].map((time) => time.toFixed(0)), (warm / lizzy2).toFixed(2)];
    console.log([name, ...figures, (cold / lizzy2).toFixed(2)].map((figure) => figure.padEnd(18)).join(''));
  }
} finally {
  await Promise.all(Object.values(agents).map((agent) => agent.stop()));
}
process.exit();
