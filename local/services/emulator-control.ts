import { z } from 'zod';

const callSchema = z.object({
  seq: z.number(),
  /** `effect`: what CloudFormation did by itself, its `status` the stack's new state. */
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
});

const callsSchema = z.object({ calls: z.array(callSchema), next: z.number() });

/** One call that reached AWS, or one effect that a stack's change had. */
export type AwsCall = z.infer<typeof callSchema>;

export interface CallFilter {
  /** Only calls behind this `seq`. */
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
  /** How many calls it is for: 1 when not given, null for all. */
  readonly times?: number | null;
  readonly seconds?: number;
  readonly code?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly status?: number;
}

export interface StackChange {
  readonly region: string;
  readonly stack: string;
  readonly status?: string;
  readonly reason?: string;
  /** ISO 8601. */
  readonly creation_time?: string;
}

/** The emulator's own HTTP interface: its record of calls, faults on demand, and the pace of stacks. */
export class EmulatorControl {
  constructor(private readonly url: string) {}

  async calls(filter: CallFilter = {}): Promise<AwsCall[]> {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(filter)) query.set(key, String(value));
    return callsSchema.parse(await this.ask('GET', `calls?${query.toString()}`)).calls;
  }

  /** How long stacks that begin to change from now on take. */
  async setStackSeconds(seconds: number): Promise<void> {
    await this.ask('POST', 'settings', { stack_seconds: seconds });
  }

  async addFault(...rules: FaultRule[]): Promise<void> {
    await this.ask('POST', 'faults', rules);
  }

  async clearFaults(): Promise<void> {
    await this.ask('DELETE', 'faults');
  }

  /** Lets what is under way have its effect now, of one stack or of all. */
  async finish(stack?: string): Promise<void> {
    await this.ask('POST', 'finish', stack === undefined ? {} : { stack });
  }

  /** Puts a stack into a state that is hard to reach otherwise, or makes it older. */
  async changeStack(change: StackChange): Promise<void> {
    await this.ask('POST', 'stacks', change);
  }

  private async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}/lizzy-emulator/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`the emulator refused ${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }
}
