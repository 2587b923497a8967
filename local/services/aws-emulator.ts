import { z } from 'zod';
import { Child, type Exit } from './child.js';
import { EmulatorControl, type EmulatorSettings } from './emulator-control.js';
import { inProject } from './project.js';

const readySchema = z.object({ port: z.number() });

/** Settings for tests that read right after a change. By default listings and tags lag by some tenths of a second. */
export const NO_LAG: Partial<EmulatorSettings> = { list_lag_seconds: 0, tag_lag_seconds: 0 };

export interface AwsEmulatorOptions {
  /** How long changes of stacks take (0 by default: no time). */
  readonly stackSeconds?: number;
  /** Other settings; the defaults are strict. */
  readonly settings?: Partial<EmulatorSettings>;
  /** 0 or none: any free port. */
  readonly port?: number;
  readonly logFile?: string;
}

export interface AwsEmulator {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly child: Child;
  readonly control: EmulatorControl;
  /** What the worker and Senza need to talk to it. */
  readonly env: Readonly<Record<string, string>>;
  stop(signal?: NodeJS.Signals): Promise<Exit>;
  kill(): Promise<Exit>;
}

/** Starts the AWS emulator (moto over HTTP, local/aws-emulator). */
export async function startAwsEmulator(options: AwsEmulatorOptions = {}): Promise<AwsEmulator> {
  const { stackSeconds = 0, settings = {}, port: wantedPort = 0, logFile } = options;
  const child = await Child.start({
    name: 'aws-emulator',
    command: inProject('.venv', 'bin', 'python'),
    args: [inProject('local', 'aws-emulator', 'main.py'), '--port', String(wantedPort)],
    env: {
      PYTHONUNBUFFERED: '1',
      PYTHONWARNINGS: 'ignore',
      // Certificates are issued at once: a load balancer with HTTPS needs an issued one.
      MOTO_ACM_VALIDATION_WAIT: '0',
      ...environmentOf({ stack_seconds: stackSeconds, ...settings }),
    },
    logFile,
    keepStdinOpen: true,
  });
  const line = await child.readyWhen(child.waitForLine(/^\{.*"port"/));
  const { port } = readySchema.parse(JSON.parse(line));
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    pid: child.pid,
    child,
    control: new EmulatorControl(url),
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    stop: (signal) => child.stop(signal),
    kill: () => child.kill(),
  };
}

function environmentOf(settings: Partial<EmulatorSettings>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`EMULATOR_${name.toUpperCase()}`, String(value)]),
  );
}
