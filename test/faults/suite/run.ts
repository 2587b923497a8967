import { setTimeout as after } from 'node:timers/promises';
import { pick, randomNumbers } from '../../support/random.js';
import { type SuiteEnvironment } from './suite-environment.js';
import { type LizzyClient } from '#client';
import { persistentClient } from './client.js';
import { FAULTS, type FaultName } from './faults.js';
import { observe, type Observation } from './observation.js';
import { type SuiteOptions } from './options.js';
import { type Accepted, Work } from './work.js';

const LONGEST_PAUSE_BETWEEN_FAULTS_MS = 2_000;
const LONGEST_PAUSE_BETWEEN_CHANGES_MS = 3_500;
/** Pipelines side by side. Each has one change at a time, so that work never piles up. */
const PIPELINES = 12;
/** How long a pipeline waits for the end of its change before it continues. */
const PIPELINE_PATIENCE_MS = 120_000;
const NAMES = Object.keys(FAULTS).filter((name): name is FaultName => name in FAULTS);

/** The submitted changes and faults, and what they have left. */
export interface Run {
  /** In the order in which they were injected. */
  readonly faults: readonly FaultName[];
  readonly seen: Observation;
}

/** Submits changes and injects faults for the requested time, then lets everything finish. */
export async function run(agent: SuiteEnvironment, { seed, seconds }: SuiteOptions): Promise<Run> {
  const client = persistentClient(agent);
  const deadline = Date.now() + seconds * 1000;
  const isOver = (): boolean => Date.now() > deadline;
  // Separate random numbers, or the pace of one would change what the other does.
  const [accepted, faults] = await Promise.all([submit(client, seed, deadline), injectFaults(agent, seed, isOver)]);
  await agent.settled();
  return { faults, seen: await observe(agent, client, accepted) };
}

async function submit(client: LizzyClient, seed: number, deadline: number): Promise<Accepted[]> {
  const random = randomNumbers(seed);
  const work = new Work(client, random);
  const accepted: Accepted[] = [];
  const pipeline = async (): Promise<void> => {
    while (Date.now() < deadline) {
      const change = await work.next();
      accepted.push(change);
      const patience = Math.min(PIPELINE_PATIENCE_MS, deadline - Date.now());
      await Promise.all(change.ids.map((id) => client.waitForJob(id, patience)));
      await after(random() * LONGEST_PAUSE_BETWEEN_CHANGES_MS);
    }
  };
  await Promise.all(Array.from({ length: PIPELINES }, pipeline));
  return accepted;
}

async function injectFaults(agent: SuiteEnvironment, seed: number, isOver: () => boolean): Promise<FaultName[]> {
  const random = randomNumbers(seed + 1);
  const faults: FaultName[] = [];
  // Each of them once, in an order that the seed determines, before any is repeated.
  let left: FaultName[] = [];
  while (!isOver()) {
    await after(random() * LONGEST_PAUSE_BETWEEN_FAULTS_MS);
    if (left.length === 0) left = [...NAMES];
    const name = pick(random, left);
    left = left.filter((each) => each !== name);
    faults.push(name);
    await FAULTS[name](agent, random);
  }
  return faults;
}
