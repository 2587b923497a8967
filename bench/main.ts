/** `npm run bench`: measures a Lizzy on this machine. bench/README.md says what each figure is. Nothing is asserted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { measureDeployments } from './deployments.js';
import { startBenchEnvironment } from './bench-environment.js';
import { childrenOf, type Memory, memoryOf } from './memory.js';
import { timestampingSenza } from './timestamping-senza.js';
import { percentile } from './percentile.js';

const DEPLOYMENTS = 20;
const IDLE_MILLISECONDS = 20_000;

const senza = timestampingSenza();
const lizzy = await startBenchEnvironment({ SENZA_COMMAND: senza.command });
try {
  console.log(`Node ${process.versions.node}, ${DEPLOYMENTS} deployments\n`);
  await sleep(IDLE_MILLISECONDS);
  printMemory('idle since its start');

  const { acceptedToSenza, endToAnswer } = await measureDeployments(lizzy, senza, DEPLOYMENTS);
  printTimes('202 to the start of Senza', acceptedToSenza);
  printTimes('end of the job to the answer of ?wait', endToAnswer);

  await sleep(IDLE_MILLISECONDS);
  printMemory('idle after the deployments');
} finally {
  await lizzy.stop();
}
process.exit();

function printMemory(when: string): void {
  const print = (name: string, { resident, own }: Memory): void => {
    console.log(`${`${name}, ${when}`.padEnd(44)}${resident.toFixed(0)} MB resident, ${own.toFixed(0)} MB own`);
  };
  print('API', memoryOf(lizzy.apiPid));
  print('worker', memoryOf(lizzy.workerPid));
  for (const pid of childrenOf(lizzy.workerPid)) print('its watchdog', memoryOf(pid));
}

function printTimes(what: string, milliseconds: readonly number[]): void {
  const figure = (share: number): string => percentile(milliseconds, share).toFixed(1);
  console.log(`${what.padEnd(44)}median ${figure(0.5)} ms, p95 ${figure(0.95)} ms, longest ${figure(1)} ms`);
}
