import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject } from '../../local/services/index.js';
import { readComposeFile } from './compose-file.js';
import { Composition } from './composition.js';
import { readStages } from './dockerfile.js';
import { HostRuntime } from './host-runtime.js';
import { commandsUnder, followNextSteps, shell } from './next-steps.js';

const stages = readStages(readFileSync(inProject('Dockerfile'), 'utf8'));

describe('docker-compose.yml', () => {
  let directory: string;
  const compositions: Composition[] = [];
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'lizzy-compose-'));
  });
  afterAll(async () => {
    await Promise.all(compositions.map((each) => each.stop()));
    rmSync(directory, { recursive: true });
  });

  const composition = (variables: Record<string, string> = {}, scale: Record<string, number> = {}): Composition => {
    const file = readComposeFile(variables);
    const stack = new Composition({ file, stages, runtime: new HostRuntime(), directory, scale });
    compositions.push(stack);
    return stack;
  };

  describe('without a profile', () => {
    let stack: Composition;
    beforeAll(async () => {
      stack = composition({}, { worker: 3 });
      await stack.up(...stack.defaultServices);
    });

    it('prints next steps whose commands deploy a stack', async () => {
      const [printed] = stack.processes('next-steps');
      expect(await printed?.exited).toEqual({ code: 0, signal: null });
      await followNextSteps(printed?.lines.join('\n') ?? '');
    });

    it('runs the commands of the documents that address it', async () => {
      const [printed] = stack.processes('next-steps');
      const [token = ''] = commandsUnder(printed?.lines.join('\n') ?? '', 'Deploy a queue:').split('\n  curl');
      const documents = ['README.md', 'docs/getting-started.md', 'docs/audit.md'].map((file) =>
        readFileSync(inProject(...file.split('/')), 'utf8'),
      );
      const blocks = documents.flatMap((text) =>
        [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
          block.includes(':8080/') ? [block] : [],
        ),
      );
      expect(blocks).toHaveLength(4);
      // Two deployments of one version at the same time are a conflict, and so is one after the other.
      const commands = blocks.map((block, index) =>
        stack.translate(block).replaceAll('"stack_version": "v1"', `"stack_version": "block${index}"`),
      );
      const prelude = `cd '${directory}'; curl() { command curl --fail-with-body "$@"; }`;
      expect(await shell([prelude, token, ...commands].join('\n'))).toContain('"stack_version":"block1"');
      expect(readFileSync(join(directory, 'audit.csv'), 'utf8')).toContain('submit_deployment');
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
      await expect(stack.up('api-aws')).rejects.toThrow(/TOKENINFO_URL: is required"\n.*DEPLOYER_SCOPE: is required"/);
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
    });
  });
});
