import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { inProject } from '../../local/services/index.js';
import { type ImageConfig, imageConfig, NODE_IMAGE, readEnv, readStages, type Stage, stageOf } from './dockerfile.js';

const exec = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** What a build may use of the machine: names of hosts, and how its package managers reach the registries. */
const BUILD_FILES = ['/etc/resolv.conf', '/etc/hosts'];
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Runs a program to its end. Throws with its output when it fails. */
export async function sh(script: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await exec('/bin/bash', ['-euo', 'pipefail', '-c', script, 'sh', ...args], {
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return stdout;
}

/** `--mount=type=cache,target=/root/...`: the cache of the package manager in the home directory of this machine. */
function cacheMount(flag: string): string {
  const target = /^type=cache,target=\/root\/(\S+)$/.exec(flag)?.[1];
  if (target === undefined) throw new Error(`RUN --mount=${flag} is not supported by this test`);
  const cache = join(homedir(), target);
  mkdirSync(cache, { recursive: true });
  return `mkdir -p "$1/root/${target}"; mount --bind ${cache} "$1/root/${target}"`;
}

/** `docker build` without Docker: executes the Dockerfile's stages, each in a directory tree of its own, as root. */
export class ImageBuilder {
  readonly stages = readStages(readFileSync(inProject('Dockerfile'), 'utf8'));
  private readonly built = new Map<string, Promise<string>>();
  private readonly layers = new Map<string, readonly string[]>();
  private copiedContext: Promise<string> | undefined;

  /** @param directory where the trees go @param nodeImage the tree of the Dockerfile's base image */
  constructor(
    private readonly directory: string,
    private readonly nodeImage: string,
  ) {}

  /** The directory tree of a target. */
  async build(target: string): Promise<string> {
    const tree = this.built.get(target) ?? this.buildStage(stageOf(this.stages, target));
    this.built.set(target, tree);
    return await tree;
  }

  /** An image that is not in the Dockerfile: a stage of it and one command more. */
  async extend(base: string, name: string, script: string): Promise<string> {
    return await this.buildStage({ name, base, instructions: [{ keyword: 'RUN', flags: {}, text: script }] });
  }

  private async buildStage(stage: Stage): Promise<string> {
    const isOurs = this.stages.some(({ name }) => name === stage.base);
    const base = isOurs ? await this.build(stage.base) : this.nodeImage;
    const tree = await this.stack(stage.name, base);
    let image = isOurs ? imageConfig(this.stages, stage.base) : NODE_IMAGE;
    for (const { keyword, flags, text } of stage.instructions) {
      if (keyword === 'ENV') image = { ...image, env: { ...image.env, ...readEnv(text, image.env) } };
      if (keyword === 'USER') image = { ...image, user: text };
      if (keyword === 'WORKDIR') {
        image = { ...image, workdir: text };
        mkdirSync(join(tree, text), { recursive: true });
      }
      if (keyword === 'COPY') await this.copy(tree, image.workdir, flags, text);
      if (keyword === 'RUN') await this.runIn(tree, image, text, flags['mount']);
    }
    return tree;
  }

  /** A tree that shows another one and keeps its own changes apart, like a layer of an image. */
  private async stack(name: string, base: string): Promise<string> {
    const tree = join(this.directory, name);
    const [upper, work] = [`${tree}.changes`, `${tree}.work`];
    const lower = this.layers.get(base) ?? [base];
    for (const folder of [tree, upper, work]) mkdirSync(folder);
    const options = `lowerdir=${lower.join(':')},upperdir=${upper},workdir=${work}`;
    await sh('mount -t overlay overlay -o "$1" "$2"', options, tree);
    this.layers.set(tree, [upper, ...lower]);
    return tree;
  }

  private async copy(
    tree: string,
    workdir: string,
    flags: Readonly<Record<string, string>>,
    text: string,
  ): Promise<void> {
    const words = text.split(/\s+/);
    const to = words.pop() ?? '';
    const source = flags['from'] === undefined ? await this.context() : await this.build(flags['from']);
    const target = join(tree, resolve(workdir, to));
    for (const word of words) {
      // A folder's content is copied into the target, a file goes to it (or into it when it ends in a slash).
      await sh(
        'if [ -d "$1" ]; then mkdir -p "$2"; cp -R --preserve=mode,timestamps,links "$1/." "$2/"; else install -D --mode="${3:-$(stat -c %a "$1")}" "$1" "$4"; fi',
        join(source, word),
        target,
        flags['chmod'] ?? '',
        /\/$|^\.$/.test(to) ? join(target, word.split('/').at(-1) ?? '') : target,
      );
    }
  }

  private async runIn(
    tree: string,
    image: Pick<ImageConfig, 'env' | 'workdir' | 'user'>,
    script: string,
    mount?: string,
  ): Promise<void> {
    if (image.user !== '0') throw new Error(`RUN as user ${image.user} is not supported by this test`);
    const mounts = BUILD_FILES.filter((path) => existsSync(path)).map(
      (path) => `mkdir -p "$1$(dirname ${path})"; touch "$1${path}"; mount --bind ${path} "$1${path}"`,
    );
    if (mount !== undefined) mounts.push(cacheMount(mount));
    const registries = Object.entries(process.env).filter(([name]) =>
      /^(https?_proxy|no_proxy|pip_index_url)$/i.test(name),
    );
    const env = {
      ...Object.fromEntries(registries),
      ...image.env,
      HOME: '/root',
      NODE_EXTRA_CA_CERTS: '/root/ca.crt',
      PIP_CERT: '/root/ca.crt',
    };
    await sh(
      `unshare --mount -- /bin/bash -euo pipefail -c '
         mount -t proc proc "$1/proc"; mount --rbind /dev "$1/dev"; mount -t tmpfs tmpfs "$1/root"; cp ${CERTIFICATES} "$1/root/ca.crt"
         ${mounts.join('\n')}
         tree=$1 workdir=$2 script=$3; shift 3
         exec chroot "$tree" /usr/bin/env -i "$@" /bin/bash -o pipefail -c "cd \\"$workdir\\"; $script"' sh "$@"`,
      tree,
      image.workdir,
      script,
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    );
  }

  /** The build context: what .dockerignore leaves of the project. */
  private async context(): Promise<string> {
    this.copiedContext ??= this.copyContext();
    return await this.copiedContext;
  }

  private async copyContext(): Promise<string> {
    const context = join(this.directory, 'context');
    const rules = readFileSync(inProject('.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => /^[^#\s]/.test(line));
    const kept = rules.flatMap((rule) => (rule.startsWith('!') ? [rule.slice(1)] : []));
    const dropped = rules.flatMap((rule) => (/^[!]|^\*$/.test(rule) ? [] : [`--exclude=${rule.replace('**/', '')}`]));
    await sh(
      'mkdir -p "$1"; cd "$2"; tar --create "${@:3}" | tar --extract --directory "$1"',
      context,
      inProject(),
      ...dropped,
      ...kept,
    );
    return context;
  }
}
