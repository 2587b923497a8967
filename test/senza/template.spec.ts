import { once } from 'node:events';
import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { TemplateProcess } from '../../libs/senza/runtime/template-process.js';
import { inProject } from '../../local/services/index.js';
import { childrenOf } from './child-processes.js';
import { PYTHON } from './senza-runtime.js';

describe('a template that wakes up', () => {
  it('starts nothing that its launcher has given up', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lizzy-runtime-'));
    const [python, runtime] = [inProject('.venv', 'bin', 'python'), inProject('libs', 'senza', 'runtime')];
    // Started here: a worker would replace it.
    const template = execa(python, ['-I', join(runtime, 'main.py'), 'serve', join(folder, 'socket')], {
      stdin: 'pipe',
      reject: false,
    });
    try {
      await once(template.stdout, 'data');
      const launch = [python, ['-I', '-S', '-E', join(runtime, 'launcher.py'), 'socket', '--version']] as const;
      template.kill('SIGSTOP');
      // Its output stays open: the descriptors wait in the socket of the frozen template.
      const givenUp = execa(...launch, { cwd: folder, reject: false, stdio: 'ignore' });
      expect(await givenUp).toMatchObject({ exitCode: 75 });
      template.kill('SIGCONT');
      // It has seen the end of the first launcher when it has started the second command.
      const next = await execa(...launch, { cwd: folder });
      expect(next.stdout).toBe('Senza 2.1.143');
      expect(childrenOf(template.pid ?? 0)).toEqual([]);
    } finally {
      template.stdin.end();
      await template;
      await rm(folder, { recursive: true });
    }
  });
});

describe('a template whose files have changed', () => {
  it('starts no commands: they start cold until it is replaced', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lizzy-runtime-'));
    await cp(inProject('libs', 'senza', 'runtime'), folder, { recursive: true });
    const template = await TemplateProcess.start({
      interpreter: inProject('.venv', 'bin', 'python'),
      entryPath: join(folder, 'main.py'),
      repairs: true,
      parent: folder,
      path: process.env['PATH'],
      onLine: () => undefined,
    });
    try {
      await appendFile(join(folder, 'lizzy_runtime', 'child.py'), '# changed\n');
      const cwd = await mkdtemp(join(folder, 'run-'));
      const launcher = join(folder, 'launcher.py');
      const { exitCode } = await execa(
        inProject('.venv', 'bin', 'python'),
        ['-I', '-S', '-E', launcher, template.socketPath, '--version'],
        { cwd, reject: false },
      );
      expect(exitCode).toBe(75);
      expect(await template.unusable).toBe('outdated');
    } finally {
      await template.stop();
      await rm(folder, { recursive: true });
    }
  });
});

describe('a command', () => {
  it('has random numbers, a time zone and arguments of its own', async () => {
    const program = [
      'import os, random, sys, time',
      `sys.path.insert(0, ${JSON.stringify(inProject('libs', 'senza', 'runtime'))})`,
      'from lizzy_runtime import command, run_settings',
      'def show():',
      '    print(random.random(), time.tzname[0], *sys.argv)',
      '    return 0',
      'command._run_senza = show',
      'for zone in ("ABC-1", "XYZ+2"):',
      '    if os.fork() == 0:',
      '        os.environ["TZ"] = zone',
      '        os._exit(command.execute(["list", zone], run_settings.RunSettings()))',
      '    os.wait()',
    ].join('\n');
    const { stdout } = await execa(PYTHON, ['-I', '-c', program]);
    const [first = [], second = []] = stdout.split('\n').map((line) => line.split(' '));
    expect(first.slice(1)).toEqual(['ABC', 'senza', 'list', 'ABC-1']);
    expect(second.slice(1)).toEqual(['XYZ', 'senza', 'list', 'XYZ+2']);
    expect(first[0]).not.toBe(second[0]);
  });
});
