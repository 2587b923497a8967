import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { inProject, until } from '../../local/services/index.js';
import { readComposeFile } from './compose-file.js';
import { Composition } from './composition.js';
import { readStages } from './dockerfile.js';
import { HostRuntime } from './host-runtime.js';

const DONE_MS = 60_000;
const run = promisify(execFile);
const stages = readStages(readFileSync(inProject('Dockerfile'), 'utf8'));
const job = z.object({ status: z.string(), stack_name: z.string() });
const jobs = z.object({ items: z.array(job) });

describe('docker-compose.yml', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'lizzy-compose-'));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  const composition = (variables: Record<string, string> = {}, scale: Record<string, number> = {}): Composition =>
    new Composition({ file: readComposeFile(variables), stages, runtime: new HostRuntime(), directory, scale });

  describe('without a profile', () => {
    let stack: Composition;
    beforeAll(async () => {
      stack = composition({}, { worker: 3 });
      await stack.up(...stack.defaultServices);
    });
    afterAll(async () => {
      await stack.stop();
    });

    /** The commands of the printed next steps, with this stack's ports, and then one of ours. */
    const follow = async (text: string, then: string): Promise<string> => {
      const commands = text.split('\n').filter((line) => line.startsWith('  ') && !/^ {2}[A-Z][\w ]+ {2}/.test(line));
      return (await run('/bin/bash', ['-euo', 'pipefail', '-c', [...commands, then].join('\n')])).stdout;
    };

    it('prints next steps whose commands deploy a stack', async () => {
      const [printed] = stack.processes('next-steps');
      expect(await printed?.exited).toEqual({ code: 0, signal: null });
      const steps = printed?.lines.join('\n') ?? '';
      await follow(steps, 'true');
      await until('the deployment to end', DONE_MS, async () => {
        const listing = 'curl -s -H "Authorization: Bearer $TOKEN" "http://127.0.0.1:8080/api/jobs"';
        const token = steps.split('\n').filter((line) => /TOKEN=|oauth2\/access_token \|/.test(line));
        const { items } = jobs.parse(JSON.parse(await follow(token.join('\n'), stack.translate(listing))));
        return items.some(({ status, stack_name }) => stack_name === 'hello' && status === 'succeeded');
      });
    });

    it('runs as many workers as --scale says', () => {
      expect(stack.processes('worker').filter(({ isRunning }) => isRunning)).toHaveLength(3);
    });

    it('stops every container within its grace period', async () => {
      const exits = await stack.stop();
      const codes = Object.fromEntries([...exits].map(([name, ends]) => [name, ends.map(({ code }) => code)]));
      expect(codes).toMatchObject({ api: [0], worker: [0, 0, 0], valkey: [0], 'token-server': [0] });
    });
  });

  describe('with the profile aws', () => {
    it('names the missing variables', async () => {
      const stack = composition();
      await expect(stack.up('api-aws')).rejects.toThrow(/TOKENINFO_URL: is required\n.*DEPLOYER_SCOPE: is required/);
      await stack.stop();
    });

    it('starts neither the emulator nor the development OAuth2 server', async () => {
      const stack = composition({
        TOKENINFO_URL: 'https://tokens.example.org/tokeninfo',
        DEPLOYER_SCOPE: 'deploy',
        ALLOWED_USERS: 'robot',
      });
      await stack.up('api-aws', 'worker-aws');
      expect(['aws-emulator', 'token-server'].flatMap((name) => stack.processes(name))).toEqual([]);
      await stack.stop();
    });
  });
});
