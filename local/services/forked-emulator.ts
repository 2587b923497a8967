import { createConnection, type Socket } from 'node:net';
import { z } from 'zod';
import type { Child, Exit } from './child.js';
import { guard, unguard } from './watchdog.js';

const readySchema = z.union([z.object({ port: z.number(), pid: z.number() }), z.object({ error: z.string() })]);

/** An emulator that a template has forked (local/aws-emulator/emulator/template.py). It ends with this process. */
export class ForkedEmulator implements Pick<Child, 'name' | 'exited' | 'isStopping' | 'signal' | 'stop'> {
  readonly name = 'aws-emulator';
  /** Resolves when it has exited: it holds the other end of the connection. Its exit code is unknown. */
  readonly exited: Promise<Exit>;
  private isRunning = true;
  private stopping = false;

  private constructor(
    private readonly pid: number,
    connection: Socket,
  ) {
    this.exited = new Promise((resolve) => {
      connection.on('close', () => {
        this.isRunning = false;
        unguard(pid);
        resolve({ code: null, signal: null });
      });
    });
  }

  /**
   * @param path the socket of the template
   * @param env the emulator's own environment variables
   * @throws Error when the template has ended, or the emulator does not start
   */
  static async start(path: string, env: Readonly<Record<string, string>>): Promise<[ForkedEmulator, port: number]> {
    const connection = createConnection(path);
    // It closes after an error, which can be that the emulator was killed.
    connection.on('error', () => undefined);
    connection.write(`${JSON.stringify({ env })}\n`);
    const ready = await firstLine(connection);
    if (ready === undefined) throw new Error('the template of the AWS emulator has ended: see .local/aws-emulator.log');
    const reply = readySchema.parse(JSON.parse(ready));
    if ('error' in reply) throw new Error(`the AWS emulator does not start: ${reply.error}`);
    guard(reply.pid);
    return [new ForkedEmulator(reply.pid, connection), reply.port];
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.isRunning) return;
    try {
      process.kill(this.pid, signal);
    } catch {
      // It has just exited: the system has removed it before the end of the connection was read.
    }
  }

  /** Kills it: it has nothing to store. */
  async stop(): Promise<Exit> {
    this.stopping = true;
    this.signal('SIGKILL');
    return await this.exited;
  }
}

/** The first line that is received; undefined when the connection ends before, or cannot be made. */
async function firstLine(connection: Socket): Promise<string | undefined> {
  return await new Promise((resolve) => {
    let text = '';
    connection.setEncoding('utf8').on('data', (data: string) => {
      text += data;
      if (text.includes('\n')) resolve(text);
    });
    connection.on('close', () => {
      resolve(undefined);
    });
  });
}
