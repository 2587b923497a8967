import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { type AwsEmulator, inProject, startAwsEmulator, until } from '../../../local/services/index.js';
import { type Launch } from '../../../libs/senza/runtime/launcher.js';
import { randomNumbers } from '../../support/random.js';
import { essence, normalize, UNLIMITED_AWS } from '../comparison.js';
import { PYTHON, type RuntimeFixture, startRuntime } from '../senza-runtime.js';
import { randomCommand, type RandomCommand } from './random-command.js';

const SEED = Number(process.env['LIZZY_RANDOM_SEED'] ?? Date.now() % 1_000_000);
const COUNT = Number(process.env['LIZZY_RANDOM_COUNT'] ?? 50);
const SECONDS_FOR_ONE = 20;
/** Starts of one command that the template of a busy machine may refuse: it answers within three seconds otherwise. */
const MAX_STARTS = 5;
const BASE = { LC_ALL: 'C.UTF-8', AWS_MAX_ATTEMPTS: '2', AWS_DEFAULT_REGION: 'eu-west-1' };

/** What one command did. */
interface Outcome {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: readonly unknown[];
}

/** Runs commands in one way, on an emulator of their own. */
class Way {
  /** Starts that the template has refused. */
  refused = 0;
  private seen = 0;

  /** `launch` resolves to how a command starts; a start that `isRefused` is repeated, the same way. */
  constructor(
    readonly aws: AwsEmulator,
    private readonly parent: string,
    private readonly launch: (senzaArguments: readonly string[]) => Promise<Launch>,
    private readonly isRefused: (launch: Launch, exitCode: number | null) => boolean,
  ) {}

  async run({ arguments: senzaArguments, files, environment }: RandomCommand): Promise<Outcome> {
    const cwd = await mkdtemp(join(this.parent, 'run-'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
    const env = { ...BASE, PATH: process.env['PATH'], ...this.aws.env, HOME: cwd, TMPDIR: cwd, ...environment };
    const options = { cwd, env, extendEnv: false, reject: false, stdin: 'ignore', stripFinalNewline: false } as const;
    const start = async (starts = 1): Promise<Omit<Outcome, 'calls'>> => {
      const launch = await this.launch(senzaArguments);
      const { exitCode, signal, stdout, stderr } = await execa(launch.executable, launch.arguments, options);
      if (!this.isRefused(launch, exitCode ?? null)) return { exitCode, signal, stdout, stderr };
      this.refused += 1;
      if (starts === MAX_STARTS) throw new Error(`the command was refused ${starts} times`);
      return await start(starts + 1);
    };
    const { exitCode, signal, stdout, stderr } = await start();
    const calls = await this.aws.control.calls({ since: this.seen });
    this.seen = calls.at(-1)?.seq ?? this.seen;
    await rm(cwd, { recursive: true });
    const outputs = { stdout: normalize(stdout), stderr: normalize(stderr) };
    return { exitCode, signal, ...outputs, calls: calls.filter(({ kind }) => kind === 'call').map(essence) };
  }
}

describe(`${COUNT} random commands of Senza (npm run test:senza-random -- --seed ${SEED} --count ${COUNT})`, () => {
  let fixture: RuntimeFixture;
  let warm: Way;
  let cold: Way;
  beforeAll(async () => {
    fixture = await startRuntime();
    const [first, second] = await Promise.all([startAwsEmulator(UNLIMITED_AWS), startAwsEmulator(UNLIMITED_AWS)]);
    const { directory } = fixture.watchdog;
    const entry = inProject('libs', 'senza', 'runtime', 'main.py');
    const { runtime } = fixture;
    const launchWarm = async (senzaArguments: readonly string[]): Promise<Launch> => {
      await until('a template', () => runtime.pid !== undefined);
      return runtime.launch(senzaArguments);
    };
    // A worker would start it cold. Here that would compare cold with cold.
    const isRefused = (launch: Launch, exitCode: number | null): boolean =>
      launch.start !== 'warm' || runtime.relaunch(launch, exitCode, []) !== undefined;
    warm = new Way(first, directory, launchWarm, isRefused);
    const launchCold = (senzaArguments: readonly string[]): Promise<Launch> =>
      Promise.resolve({ start: 'cold', executable: PYTHON, arguments: ['-I', entry, 'run', '--', ...senzaArguments] });
    cold = new Way(second, directory, launchCold, () => false);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([warm.aws.stop(), cold.aws.stop()]);
    await fixture.stop();
  });

  it(
    'have the same output, exit code and calls of AWS, warm and cold',
    async () => {
      const random = randomNumbers(SEED);
      const exits: Record<string, number> = {};
      const differences: unknown[] = [];
      for (let number = 1; number <= COUNT; number += 1) {
        const command = randomCommand(random);
        const [asWarm, asCold] = await Promise.all([warm.run(command), cold.run(command)]);
        if (!isDeepStrictEqual(asWarm, asCold)) differences.push({ number, command, asWarm, asCold });
        const kind = `${command.arguments[0] ?? ''}: exit ${String(asWarm.exitCode)}`;
        exits[kind] = (exits[kind] ?? 0) + 1;
      }
      process.stdout.write(`${JSON.stringify(exits, null, 1)}\n${warm.refused} starts repeated: no template\n`);
      expect(differences).toEqual([]);
    },
    COUNT * SECONDS_FOR_ONE * 1000,
  );
});
