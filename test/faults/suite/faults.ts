import { setTimeout as after } from 'node:timers/promises';
import { type FaultRule } from '../../../local/services/index.js';
import { launchersOf, templateOf, watchdogOf } from '../../support/processes.js';
import { pick } from '../../support/random.js';
import { type SuiteEnvironment } from './suite-environment.js';

type Random = () => number;
/** A fault. Resolves when the next one can start: faults run one after the other, except for their slow parts. */
type Fault = (agent: SuiteEnvironment, random: Random) => Promise<void>;

/** Longer than the lease of a claim (15 s): others take over the jobs of the frozen worker. */
const FROZEN_MS = 17_000;
const REDIS_AWAY_MS = 3_000;
/** Up to longer than a lease. */
const REDIS_HANGS_MS = 18_000;
const TOKENS_AWAY_MS = 3_000;
/** How long the launcher of a command is waited for: most commands take a tenth of a second. */
const LAUNCHER_AWAITED_MS = 3_000;
const CHANGES = ['CreateStack', 'UpdateStack', 'DeleteStack'] as const;

/** The faults, by name; a name that is listed twice occurs twice as often. */
export const FAULTS = {
  'kill -9 of a worker': async (agent, random) => {
    await pick(random, agent.livingWorkers).kill();
    await agent.completeWorkers();
  },
  'kill -9 of a worker and its group': async (agent, random) => {
    await pick(random, agent.livingWorkers).killGroup();
    await agent.completeWorkers();
  },
  'SIGTERM to a worker': async (agent, random) => {
    agent.meanwhile(pick(random, agent.livingWorkers).stop());
    await agent.rig.addWorker();
  },
  'a worker frozen': (agent, random) => {
    agent.freeze(pick(random, agent.livingWorkers), FROZEN_MS);
    return Promise.resolve();
  },
  'kill -9 of a Senza': async (agent, random) => {
    const senzas = await agent.rig.senzas();
    if (senzas.length > 0) send(pick(random, senzas), 'SIGKILL');
  },
  'kill -9 of a Senza launcher': async (agent, random) => {
    const launcher = await nextLauncher(agent, random);
    if (launcher !== undefined) send(launcher, 'SIGKILL');
  },
  'kill -9 of a Senza template': async (agent, random) => {
    const template = await templateOf(pick(random, agent.livingWorkers).pid);
    if (template !== undefined) send(template, 'SIGKILL');
  },
  'a Senza template frozen': async (agent, random) => {
    const template = await templateOf(pick(random, agent.livingWorkers).pid);
    if (template !== undefined) send(template, 'SIGSTOP');
  },
  'kill -9 of a watchdog': async (agent, random) => {
    // There is no promise for a job whose worker is frozen (docs/reliability.md).
    const watchdog = await watchdogOf(pick(random, agent.wakingWorkers).pid).catch(() => null);
    if (watchdog !== null) send(watchdog, 'SIGKILL');
  },
  'kill -9 of an API': async (agent, random) => {
    await agent.killApi(Math.floor(random() * 2));
  },
  'kill -9 of all APIs and workers': async (agent) => {
    await agent.killAll();
  },
  'kill -9 of Valkey, back with its file': async (agent, random) => {
    await agent.rig.valkey.kill();
    await after(random() * REDIS_AWAY_MS);
    await agent.rig.restartValkey();
  },
  'Valkey hangs': async (agent, random) => {
    agent.rig.valkey.child.signal('SIGSTOP');
    await after(random() * REDIS_HANGS_MS);
    agent.rig.valkey.child.signal('SIGCONT');
  },
  'Valkey drops its clients': async (agent) => {
    await agent.rig.redis.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await agent.rig.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  },
  'Valkey loses its scripts': async (agent) => {
    await agent.rig.redis.script('FLUSH');
  },
  'the token service down': async (agent, random) => {
    agent.rig.tokens.setFault({ kind: 'cut' });
    await after(random() * TOKENS_AWAY_MS);
    agent.rig.tokens.setFault(undefined);
  },
  'AWS throttles': inAws({ kind: 'throttle', times: 3 }),
  'AWS is slow': inAws({ kind: 'delay', seconds: 3 }),
  'AWS loses a call': inAws({ kind: 'cut_before' }),
  'AWS loses an answer': inAws({ kind: 'cut_after_effect' }),
  'AWS fails': inAws({ kind: 'error', status: 500 }),
} as const satisfies Record<string, Fault>;
export type FaultName = keyof typeof FAULTS;

async function nextLauncher(agent: SuiteEnvironment, random: Random): Promise<number | undefined> {
  const deadline = Date.now() + LAUNCHER_AWAITED_MS;
  while (Date.now() < deadline) {
    const launchers = await launchersOf(await agent.rig.senzas());
    if (launchers.length > 0) return pick(random, launchers);
  }
  return undefined;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has finished in the meantime.
  }
}

function inAws(rule: FaultRule): Fault {
  return async (agent, random) => {
    await agent.rig.aws.control.addFault({ ...rule, service: 'cloudformation', action: pick(random, CHANGES) });
  };
}
