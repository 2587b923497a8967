import { z } from 'zod';
import { until } from './until.js';

const callSchema = z.object({
  seq: z.number(),
  /** `effect`: what CloudFormation did on its own, its `status` the stack's new state. */
  kind: z.enum(['call', 'effect']),
  /** Begin and end, seconds since 1970. */
  t: z.number(),
  end: z.number(),
  service: z.string(),
  action: z.string(),
  stack: z.string().nullable(),
  region: z.string(),
  status: z.union([z.number(), z.string()]).optional(),
  error: z.string().optional(),
  fault: z.string().nullable().optional(),
  parameters: z.record(z.string(), z.string()).optional(),
  /** Of CreateStack and UpdateStack: the value by name, null for `UsePreviousValue`. */
  stack_parameters: z.record(z.string(), z.string().nullable()).optional(),
  /** Of a call: `Boto3/...` of Senza, `aws-sdk-js/...` of a worker. */
  user_agent: z.string().optional(),
});

const stackSchema = z.object({
  stack: z.string(),
  status: z.string(),
  tags: z.record(z.string(), z.string()),
  parameters: z.record(z.string(), z.string()),
});

/** A stack without delay, and its NoEcho parameters without asterisks. */
export type EmulatedStack = z.infer<typeof stackSchema>;

const settingsSchema = z.object({
  stack_seconds: z.number(),
  list_lag_seconds: z.number(),
  describe_lag_seconds: z.number(),
  tag_lag_seconds: z.number(),
  cloudformation_calls_per_second: z.number(),
  route53_calls_per_second: z.number(),
  zone_busy_seconds: z.number(),
  record_pending_seconds: z.number(),
  page_size: z.number(),
});

/** See local/aws-emulator/emulator/settings.py for what each means. */
export type EmulatorSettings = z.infer<typeof settingsSchema>;

const faultsSchema = z.object({
  faults: z.array(z.object({ action: z.string().nullable(), stack: z.string().nullable(), hits: z.number() })),
});
const finishedSchema = z.object({ finished: z.number() });

const callsSchema = z.object({ calls: z.array(callSchema), next: z.number() });

/** One call that reached AWS, or one effect that a stack's change had. */
export type AwsCall = z.infer<typeof callSchema>;

export interface CallFilter {
  /** Only calls after this `seq`. */
  readonly since?: number;
  readonly service?: string;
  readonly action?: string;
  readonly stack?: string;
  readonly region?: string;
  readonly kind?: AwsCall['kind'];
}

/** See local/aws-emulator/emulator/faults.py for what each kind does. */
export interface FaultRule {
  readonly kind:
    'throttle' | 'error' | 'refuse' | 'delay' | 'cut_before' | 'cut_after_effect' | 'fail_stack' | 'slow_stack';
  readonly service?: string;
  readonly action?: string;
  readonly stack?: string;
  /** How many calls it applies to: 1 by default, null for all. */
  readonly times?: number | null;
  readonly seconds?: number;
  readonly code?: string;
  readonly message?: string;
  readonly reason?: string;
  /** `fail_stack`: the logical ID of the resource that fails; the first one by default. */
  readonly resource?: string;
  /** `fail_stack`: the rollback fails too. */
  readonly rollback_fails?: boolean;
  readonly status?: number;
}

export interface StackChange {
  readonly region: string;
  readonly stack: string;
  readonly status?: string;
  readonly reason?: string;
  /** ISO 8601. */
  readonly creation_time?: string;
  readonly termination_protection?: boolean;
  /** A stack policy; an empty object removes it. */
  readonly policy?: object;
}

/** The emulator's own HTTP interface: its call record, faults on demand, and settings. */
export class EmulatorControl {
  constructor(private readonly url: string) {}

  async calls(filter: CallFilter = {}): Promise<AwsCall[]> {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(filter)) query.set(key, String(value));
    return callsSchema.parse(await this.ask('GET', `calls?${query.toString()}`)).calls;
  }

  /** How long the changes of stacks take that begin from now on. */
  async setStackSeconds(seconds: number): Promise<void> {
    await this.changeSettings({ stack_seconds: seconds });
  }

  /** Changes some settings, and returns all. */
  async changeSettings(settings: Partial<EmulatorSettings>): Promise<EmulatorSettings> {
    return settingsSchema.parse(await this.ask('POST', 'settings', settings));
  }

  async addFault(...rules: FaultRule[]): Promise<void> {
    await this.ask('POST', 'faults', rules);
  }

  /**
   * Resolves when a call of this action for this stack has met a fault, that is has reached AWS. A command that a job has recorded can
   * do so much later on a slow machine.
   */
  async faultMet(action: string, stack: string): Promise<void> {
    const isMet = async (): Promise<boolean> =>
      faultsSchema
        .parse(await this.ask('GET', 'faults'))
        .faults.some((fault) => fault.action === action && fault.stack === stack && fault.hits > 0);
    await until(`a call of ${action} for ${stack}`, isMet);
  }

  /** Removes the faults of one stack, or all. Delayed calls are executed. */
  async clearFaults(stack?: string): Promise<void> {
    await this.ask('DELETE', stack === undefined ? 'faults' : `faults?stack=${stack}`);
  }

  /**
   * Ends the pending changes of a stack now. Waits for one that has not started yet: a command that a job has recorded can reach AWS
   * much later on a slow machine.
   */
  async finish(stack: string): Promise<void> {
    await until(`a pending change of ${stack}`, async () => (await this.finishPending(stack)) > 0);
  }

  /** Ends the changes that are pending now, of one stack or of all. @returns how many there were */
  async finishPending(stack?: string): Promise<number> {
    return finishedSchema.parse(await this.ask('POST', 'finish', stack === undefined ? {} : { stack })).finished;
  }

  /** @throws Error when there is no such stack */
  async readStack(region: string, stack: string): Promise<EmulatedStack> {
    return stackSchema.parse(await this.ask('GET', `stacks?${new URLSearchParams({ region, stack }).toString()}`));
  }

  /** Puts a stack into a state that is hard to reach otherwise, protects it, or makes it older. */
  async changeStack(change: StackChange): Promise<void> {
    await this.ask('POST', 'stacks', change);
  }

  private async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}/lizzy-emulator/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`the emulator rejected ${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }
}
