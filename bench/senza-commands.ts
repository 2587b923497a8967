/** Measures commands of Senza as forks of the runtime's template and as processes of their own, in turn. */
import { delimiter } from 'node:path';
import { readFileSync } from 'node:fs';
import { ExecutableLauncher, type Launcher, Senza, senzaCreate, SenzaRuntime, senzaVersion, Watchdog } from '#senza';
import { inProject, startAwsEmulator } from '../local/services/index.js';
import { percentile } from './percentile.js';

const ROUNDS = 6;
const AT_ONCE = 20;
const REGION = 'eu-west-1';
const BARE = 'SenzaInfo: {StackName: bare}\nResources: {Queue: {Type: "AWS::SQS::Queue"}}\n';
const README = readFileSync(inProject('bench', 'lizzy-readme.yaml'), 'utf8');

const aws = await startAwsEmulator();
const watchdog = new Watchdog();
watchdog.start();
const environment = {
  ...aws.env,
  PATH: [inProject('.venv', 'bin'), process.env['PATH']].join(delimiter),
};
const runtime = new SenzaRuntime({
  interpreter: inProject('.venv', 'bin', 'python'),
  repairs: true,
  environment,
  makeDirectory: () => watchdog.makeDirectory(),
  onWarning: console.warn,
});
await runtime.start();
const senzaOf = (launcher: Launcher): Senza => new Senza({ launcher, timeoutMs: 120_000, environment, watchdog });
const ways = { warm: senzaOf(runtime), executable: senzaOf(new ExecutableLauncher('senza')) };

let version = 0;
async function create(senza: Senza, definition: string, dryRun: boolean): Promise<void> {
  version += 1;
  const parameters = definition === README ? new Map([['ImageVersion', '1']]) : new Map<string, string>();
  const stackName = /StackName: ['"]?([a-zA-Z0-9-]+)/.exec(definition)?.[1] ?? '';
  const request = { region: REGION, stackName, stackVersion: `v${version}`, definition, parameters, dryRun };
  await senza.run(senzaCreate, { ...request, tags: new Map() }, { signal: AbortSignal.timeout(120_000) });
}

const cases: Readonly<Record<string, (senza: Senza) => Promise<unknown>>> = {
  version: (senza) => senza.run(senzaVersion, {}, { signal: AbortSignal.timeout(120_000) }),
  'dry run, bare stack': (senza) => create(senza, BARE, true),
  'create, bare stack': (senza) => create(senza, BARE, false),
  'dry run, README definition': (senza) => create(senza, README, true),
  [`${AT_ONCE} creates at once, the last`]: (senza) =>
    Promise.all(Array.from({ length: AT_ONCE }, () => create(senza, BARE, false))),
};

try {
  console.log(`median of ${ROUNDS}, in milliseconds`);
  for (const [name, run] of Object.entries(cases)) {
    const times: Record<'warm' | 'executable', number[]> = { warm: [], executable: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const way of ['warm', 'executable'] as const) {
        const startedAt = performance.now();
        await run(ways[way]);
        times[way].push(performance.now() - startedAt);
      }
    }
    const [warm, executable] = [percentile(times.warm, 0.5), percentile(times.executable, 0.5)];
    const ratio = (warm / executable).toFixed(2);
    console.log(`${name.padEnd(34)}${warm.toFixed(0).padStart(7)}${executable.toFixed(0).padStart(9)}   ${ratio}`);
  }
} finally {
  await runtime.stop();
  await watchdog.stop();
  await aws.stop();
}
