import { z } from 'zod';
import { Child, type Exit } from './child.js';
import { EmulatorControl, type EmulatorSettings } from './emulator-control.js';
import { ForkedEmulator } from './forked-emulator.js';
import { inProject } from './project.js';

const readySchema = z.object({ port: z.number() });

/** Settings for tests that read right after a change. By default listings and tags lag by some tenths of a second. */
export const NO_LAG: Partial<EmulatorSettings> = { list_lag_seconds: 0, tag_lag_seconds: 0 };

export interface AwsEmulatorOptions {
  /** How long changes of stacks take (0 by default: no time). */
  readonly stackSeconds?: number;
  /** Other settings; the defaults are strict. */
  readonly settings?: Partial<EmulatorSettings>;
  readonly logFile?: string;
}

export interface AwsEmulator {
  readonly url: string;
  readonly port: number;
  readonly child: Pick<Child, 'name' | 'exited' | 'isStopping' | 'signal'>;
  readonly control: EmulatorControl;
  /** What the worker and Senza need to talk to it. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<Exit>;
}

/** Names the socket of a template, which forks emulators: test/support/global-setup.mjs starts one for a test run. */
const TEMPLATE = 'LIZZY_TEST_EMULATOR_TEMPLATE';

/** Starts the AWS emulator (moto over HTTP, local/aws-emulator). */
export async function startAwsEmulator(options: AwsEmulatorOptions = {}): Promise<AwsEmulator> {
  const { stackSeconds = 0, settings = {}, logFile } = options;
  const env = environmentOf({ stack_seconds: stackSeconds, ...settings });
  const template = process.env[TEMPLATE];
  const [child, port] =
    template === undefined ? await startProcess(env, logFile) : await ForkedEmulator.start(template, env);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    child,
    control: new EmulatorControl(url),
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    stop: () => child.stop(),
  };
}

async function startProcess(env: Readonly<Record<string, string>>, logFile?: string): Promise<[Child, port: number]> {
  const child = await Child.start({
    name: 'aws-emulator',
    command: inProject('.venv', 'bin', 'python'),
    args: ['-W', 'ignore', inProject('local', 'aws-emulator', 'main.py')],
    env,
    logFile,
    keepStdinOpen: true,
  });
  const line = await child.readyWhen(child.waitForLine(/^\{.*"port"/));
  return [child, readySchema.parse(JSON.parse(line)).port];
}

function environmentOf(settings: Partial<EmulatorSettings>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`EMULATOR_${name.toUpperCase()}`, String(value)]),
  );
}
