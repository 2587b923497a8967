import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SuiteEnvironment } from './suite-environment.js';
import { figures } from './report.js';
import { INVARIANTS } from './invariants.js';
import { suiteOptions } from './options.js';
import { type Run, run } from './run.js';
import { awsDifferences } from './verify-aws-state.js';

/** How long starting, and finishing all jobs, may take in addition to the faults themselves. */
const MARGIN_MS = 1_200_000;
const options = suiteOptions();

describe(`an agent under faults (npm run test:faults -- --seed ${options.seed} --seconds ${options.seconds})`, () => {
  let agent: SuiteEnvironment;
  let done: Run;
  beforeAll(
    async () => {
      agent = await SuiteEnvironment.start();
      done = await run(agent, options);
      process.stdout.write(figures(options, done));
    },
    options.seconds * 1000 + MARGIN_MS,
  );
  afterAll(async () => {
    await agent.stop();
  });

  it('has had jobs and faults', () => {
    expect(done.seen.accepted.length).toBeGreaterThan(0);
    expect(done.faults.length).toBeGreaterThan(0);
  });

  it.each(Object.entries(INVARIANTS))('%s', (_name, violations) => {
    expect(violations(done.seen)).toEqual([]);
  });

  it('the results of succeeded jobs match AWS', async () => {
    expect(await awsDifferences(agent.rig, done.seen)).toEqual([]);
  });
});
