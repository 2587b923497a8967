import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JobRecord } from '#jobs';
import { randomNumbers } from '../../support/random.js';
import { TestEnvironment } from '../../support/test-environment.js';
import { suiteOptions } from '../suite/options.js';
import { type CrashPoint, CrashingWorkers } from './crashing-workers.js';
import { type Scenario, SCENARIOS } from './scenarios.js';

/** How many jobs are in progress at the same time: most of them wait for the lease of a dead worker. */
const AT_A_TIME = 12;
/** How many crashes run in `npm test`, chosen by the seed; `npm run test:faults` runs them all. */
const PLAYED_IN_NPM_TEST = 10;
const DEATHS_LIMIT_MS = 1_800_000;
const FAULTS = ['lose request', 'lose response'] as const;
const CHANGES = ['CreateStack', 'UpdateStack', 'DeleteStack'] as const;
/** Always run: here a failed job was once mistaken for a succeeded one. */
const ALWAYS = /^the end: (failed|cancelled)$/;
/** Places that a job reaches only when its worker observes at a certain moment: a job may skip them. */
const BY_CHANCE = /, waits for|^keys/;

interface Crash extends CrashPoint {
  readonly scenario: string;
}

/** The result of a job in a scenario. */
interface Played {
  readonly id: string;
  readonly wrong: readonly string[];
}

const { seed, thorough } = suiteOptions();
/** A start takes more processor time than the jobs of a worker. */
const WORKERS = thorough ? 6 : 3;

describe(`a worker that crashes at one write to Redis (--seed ${seed})`, () => {
  let rig: TestEnvironment;
  let workers: CrashingWorkers;
  let count = 0;
  const unharmed = new Map<string, Played>();
  beforeAll(async () => {
    rig = await TestEnvironment.start({ stackSeconds: 1 });
    workers = await CrashingWorkers.start(rig, WORKERS);
    await Promise.all(
      Object.entries(SCENARIOS).map(async ([name, scenario]) => unharmed.set(name, await play(scenario))),
    );
  });
  afterAll(async () => {
    await workers.stop();
    await rig.stop();
  });

  async function play(scenario: Scenario, crashPoint?: CrashPoint): Promise<Played> {
    count += 1;
    const app = `app${count}`;
    const id = await scenario.submit(rig, app);
    if (crashPoint !== undefined) workers.crashAt(id, crashPoint);
    await rig.queue.add(id);
    await scenario.meanwhile?.(rig, id);
    return { id, wrong: await wrongOf(scenario, app, await rig.ended(id)) };
  }

  async function wrongOf(scenario: Scenario, app: string, job: JobRecord): Promise<string[]> {
    const { status, error } = job.progress;
    const wrong = [...((await scenario.wrong?.(rig, app, job)) ?? [])];
    if (status !== scenario.ends) wrong.push(`it ended as ${status}: ${error?.detail ?? ''}`);
    for (const [version, wanted] of Object.entries(scenario.changes)) {
      for (const action of CHANGES) {
        const times = await rig.calls(action, `${app}-${version}`);
        if (times !== (wanted[action] ?? 0)) wrong.push(`${times} times ${action} of version ${version}`);
      }
    }
    return wrong;
  }

  async function crashAt({ scenario: name, ...crashPoint }: Crash): Promise<readonly string[]> {
    const scenario = SCENARIOS[name];
    if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
    try {
      const { id, wrong } = await play(scenario, crashPoint);
      return workers.isPending(id) && !BY_CHANCE.test(crashPoint.place) ? ['it was not there', ...wrong] : wrong;
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  }

  /** Every write of every scenario, before and after Redis has received it; as many as there is time for. */
  function crashes(): Crash[] {
    const random = randomNumbers(seed);
    return [...unharmed]
      .flatMap(([scenario, { id }]) => workers.placesOf(id).map((place) => ({ scenario, place })))
      .flatMap((crash) => FAULTS.map((fault) => ({ ...crash, fault, rank: ALWAYS.test(crash.place) ? -1 : random() })))
      .toSorted((one, other) => one.rank - other.rank)
      .slice(0, thorough ? undefined : PLAYED_IN_NPM_TEST);
  }

  it.each(Object.keys(SCENARIOS))('without a crash: %s', (name) => {
    expect(unharmed.get(name)?.wrong).toEqual([]);
  });

  it(
    'has its jobs completed by others, with each change made once',
    async () => {
      const left = crashes();
      const wrong: string[] = [];
      const next = async (): Promise<void> => {
        for (let crash = left.shift(); crash !== undefined; crash = left.shift()) {
          const { scenario, fault, place } = crash;
          const found = await crashAt(crash);
          wrong.push(...found.map((each) => `${scenario}, ${fault} "${place}": ${each}`));
        }
      };
      process.stdout.write(`${left.length} crashes of workers, each at one write to Redis\n`);
      await Promise.all(Array.from({ length: AT_A_TIME }, next));

      expect(wrong).toEqual([]);
    },
    DEATHS_LIMIT_MS,
  );

  it('leaves no Senza process, lock or file', async () => {
    await rig.quiet();
    expect(await rig.leakedKeys()).toEqual([]);
    await rig.filesRemoved();
  });
});
