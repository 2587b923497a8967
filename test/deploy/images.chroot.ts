import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, freePort, until } from '../../local/services/index.js';
import { ChrootRuntime } from './chroot-runtime.js';
import { readComposeFile } from './compose-file.js';
import { Composition } from './composition.js';
import { type ContainerSpec } from './container.js';
import { imageConfig } from './dockerfile.js';
import { ImageBuilder, sh } from './image-builder.js';
import { commandsUnder, followNextSteps, shell } from './next-steps.js';
import { makeNodeImage } from './node-image.js';

const TARGETS = ['api', 'worker', 'token-server', 'aws-emulator', 'all-in-one'];
const NOTHING = { tmpfs: ['/tmp'], mounts: [], stdinOpen: false, environment: {} };

describe('the images', () => {
  let directory: string;
  let builder: ImageBuilder;
  let runtime: ChrootRuntime;
  let stack: Composition;
  const trees = new Map<string, string>();
  const started: Child[] = [];
  beforeAll(async () => {
    directory = mkdtempSync('/var/tmp/lizzy-images-');
    // In memory, and gone with the mount namespace of these tests (see test:images in package.json).
    await sh('mount -t tmpfs -o mode=755 tmpfs "$1"', directory);
    builder = new ImageBuilder(directory, await makeNodeImage('/var/tmp/lizzy-node-image'));
    const install = 'apt-get update && apt-get install --yes --no-install-recommends valkey-server valkey-tools';
    // Side by side, as BuildKit does.
    await Promise.all([
      ...TARGETS.map(async (target) => trees.set(target, await builder.build(target))),
      builder.extend('base', 'valkey', install).then((tree) => trees.set('valkey/valkey:9', tree)),
    ]);
    runtime = new ChrootRuntime(trees);
    stack = new Composition({ file: readComposeFile({}), stages: builder.stages, runtime, directory });
    await stack.up(...stack.defaultServices);
  });
  afterAll(async () => {
    await Promise.all(started.map((child) => child.stop()));
    await stack.stop();
    await sh('umount --recursive --lazy "$1"; rmdir "$1"', directory);
  });

  const container = (image: string, changes: Partial<ContainerSpec> = {}): ContainerSpec => {
    const config = imageConfig(builder.stages, image);
    return { name: image, image, config, command: [], user: config.user, ...NOTHING, ...changes };
  };
  const start = async (spec: ContainerSpec, ...argv: readonly string[]): Promise<Child> => {
    const child = await Child.start({ name: spec.name, ...runtime.commandFor(spec, argv) });
    started.push(child);
    return child;
  };
  const output = async (image: string, ...argv: readonly string[]): Promise<string> => {
    const child = await start(container(image), ...argv);
    await child.exited;
    return child.lines.join('\n');
  };

  it('run the composition, as uid 999 on a read-only root, and deploy a stack', async () => {
    const [printed] = stack.processes('next-steps');
    expect(await printed?.exited).toEqual({ code: 0, signal: null });
    await followNextSteps(printed?.lines.join('\n') ?? '');
    for (const service of ['valkey', 'api', 'worker', 'token-server', 'aws-emulator']) {
      const pid = stack.processes(service)[0]?.pid ?? 0;
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      expect(status).toMatch(/^Uid:\t999\t999\t999\t999$/m);
      expect(status).toMatch(/^CapEff:\t0+$/m);
      expect(readFileSync(`/proc/${pid}/mounts`, 'utf8')).toMatch(/^\S+ \/ \S+ ro,/m);
    }
  });

  it('has neither Python nor Senza nor the AWS code in the API', async () => {
    const found = await sh(
      'cd "$1"; find . -xdev -iname "*python*" -o -xdev -iname "*senza*" | grep -v -e ^./proc -e ^./usr/share -e node_modules || true',
      trees.get('api') ?? '',
    );
    expect(found.split('\n').filter((path) => !/\.(?:js|map)$|^$/.test(path))).toEqual([]);
    expect(existsSync(join(trees.get('api') ?? '', 'app/dist/libs/aws'))).toBe(false);
  });

  it('runs the Senza of the lock file in the worker', async () => {
    expect(await output('worker', 'senza', '--version')).toBe('Senza 2.1.143');
  });

  it('lets containers write to /tmp only', async () => {
    const tried = await output('worker', '/bin/sh', '-c', 'id -u; touch /app/x; touch /tmp/x && echo written');
    expect(tried).toMatch(/^999\n.*Read-only file system\nwritten$/);
  });

  it("runs all in one as Lizzy 2's image ran, and keeps its jobs on /data", async () => {
    const aws = join(directory, 'aws');
    const data = join(directory, 'data');
    for (const folder of [aws, data]) mkdirSync(folder);
    writeFileSync(join(aws, 'credentials'), '[default]\naws_access_key_id = local\naws_secret_access_key = local\n');
    writeFileSync(join(aws, 'config'), stack.translate('[default]\nendpoint_url = http://aws-emulator:4566\n'));
    const port = String(await freePort());
    const spec = container('all-in-one', {
      // The variables of environment.cfg in Lizzy 2's README.
      environment: {
        TOKEN_URL: stack.translate('http://127.0.0.1:9080/oauth2/access_token'),
        TOKENINFO_URL: stack.translate('http://token-server:9080/oauth2/tokeninfo'),
        ALLOWED_USERS: "['robotusername','developer']",
        DEPLOYER_SCOPE: 'deploy',
        LOG_LEVEL: 'DEBUG',
        PORT: port,
        VALKEY_PORT: String(await freePort()),
        AWS_EC2_METADATA_DISABLED: 'true',
        POLL_SECONDS: '1',
      },
      mounts: [
        { from: aws, to: '/.aws', readOnly: true },
        { from: data, to: '/data', readOnly: false },
      ],
    });
    const steps = readFileSync(join(directory, 'next-steps.txt'), 'utf8')
      .replaceAll(stack.translate('api:8080'), `127.0.0.1:${port}`)
      .replace('"v1"', '"v2"');
    const run = async (): Promise<Child> => {
      const child = await start(spec, ...spec.config.entrypoint, ...spec.config.command);
      await until('all in one to be healthy', async () => {
        const check = await start(spec, ...(spec.config.healthcheck ?? []));
        return (await check.exited).code === 0;
      });
      return child;
    };
    const first = await run();
    await followNextSteps(steps);
    expect(first.lines.slice(0, 8).join(' ')).toMatch(/all-in-one.*Do not use it where/);
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    const second = await run();
    const token = commandsUnder(steps, 'Deploy a queue:').split('\n  curl')[0] ?? '';
    expect(await shell(`${token}\n${commandsUnder(steps, 'List the jobs:')}`)).toContain('"stack_version":"v2"');
    expect(await second.stop()).toEqual({ code: 0, signal: null });
  });
});
