import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject } from '../../local/services/index.js';
import { type TestEnvironment } from '../support/test-environment.js';

/** A run of the client that has ended. */
export interface Run {
  readonly code: number;
  /** What it wrote to standard output and then to standard error. */
  readonly output: string;
  readonly stdout: string;
}

/** The real lizzy-client 2.8.4 in a folder of its own, set up for one agent as its users do it. */
export class LizzyClient {
  private readonly folder = mkdtempSync(join(tmpdir(), 'lizzy-client-'));

  constructor(private readonly lizzy: TestEnvironment) {}

  /** Writes a definition for it; answers with the file's name. */
  definition(name: string, text: string): string {
    const file = join(this.folder, `${name}.yaml`);
    writeFileSync(file, text);
    return file;
  }

  /** Runs `lizzy ARGUMENTS` to its end. */
  async run(...args: readonly string[]): Promise<Run> {
    const env = {
      PATH: process.env['PATH'],
      HOME: this.folder,
      // The old click refuses to run without.
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
      LIZZY_URL: this.lizzy.api.url,
      OAUTH2_ACCESS_TOKEN_URL: this.lizzy.tokens.tokenUrl,
      OAUTH2_ACCESS_TOKENS: `lizzy=${this.lizzy.token}`,
    };
    return await new Promise((resolve) => {
      const program = inProject('.venv-lizzy-client', 'bin', 'lizzy');
      execFile(program, args, { cwd: this.folder, env }, (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code ?? 1);
        resolve({ code, output: stdout + stderr, stdout });
      });
    });
  }

  /** Removes its folder. */
  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
