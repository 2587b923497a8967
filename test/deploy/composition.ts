import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Child, type Exit, freePort, inProject, until } from '../../local/services/index.js';
import { type ComposeFile, type ComposeService } from './compose-file.js';
import { type ContainerRuntime, type ContainerSpec, type Mount } from './container.js';
import { type ImageConfig, imageConfig, type Stage } from './dockerfile.js';

const DEFAULT_STOP_GRACE_PERIOD = '10s';

/** What the image valkey/valkey:9 brings. */
const VALKEY: ImageConfig = {
  env: {},
  entrypoint: [],
  command: ['valkey-server'],
  user: '0',
  workdir: '/data',
  healthcheck: null,
  ports: ['6379'],
};

export interface CompositionOptions {
  readonly file: ComposeFile;
  readonly stages: readonly Stage[];
  readonly runtime: ContainerRuntime;
  /** For volumes, secrets and configs. */
  readonly directory: string;
  /** `--scale NAME=N`. */
  readonly scale?: Readonly<Record<string, number>>;
}

/** `docker compose up` without Docker: docker-compose.yml executed as processes, service names as loopback addresses. */
export class Composition {
  private readonly containers = new Map<string, Child[]>();
  private readonly starting = new Map<string, Promise<void>>();
  private readonly ports = new Map<string, string>();
  /** The files of secrets and configs. */
  private readonly written = new Set<string>();

  constructor(private readonly options: CompositionOptions) {}

  /** Starts these services and what they depend on; returns when those with a health check are healthy. */
  async up(...services: readonly string[]): Promise<void> {
    await this.assignPorts();
    await Promise.all(services.map((name) => this.ready(name)));
  }

  /** The services that `docker compose up` starts without a profile. */
  get defaultServices(): readonly string[] {
    return Object.entries(this.options.file.services).flatMap(([name, { profiles }]) =>
      profiles === undefined ? [name] : [],
    );
  }

  /** The processes of a service, one for each replica. */
  processes(service: string): readonly Child[] {
    return this.containers.get(service) ?? [];
  }

  /** Replaces names and published ports of services in a text by what they are here. */
  translate(text: string): string {
    // In one pass: a free port such as 45661 begins with a published one.
    return text.replaceAll(/[\w.-]+:[0-9]+/g, (address) => {
      const port = this.ports.get(address);
      return port === undefined ? address : `127.0.0.1:${port}`;
    });
  }

  /** `docker compose stop`: each process has its stop_grace_period; those that others depend on are stopped last. */
  async stop(): Promise<ReadonlyMap<string, readonly Exit[]>> {
    const exits = new Map<string, readonly Exit[]>();
    for (const [name, children] of [...this.containers].reverse()) {
      const grace = seconds(this.service(name).stop_grace_period ?? DEFAULT_STOP_GRACE_PERIOD);
      exits.set(name, await Promise.all(children.map((child) => child.stop('SIGTERM', grace * 1000))));
    }
    this.containers.clear();
    this.starting.clear();
    return exits;
  }

  private ready(name: string): Promise<void> {
    const started = this.starting.get(name) ?? this.start(name);
    this.starting.set(name, started);
    return started;
  }

  private async start(name: string): Promise<void> {
    const service = this.service(name);
    await Promise.all(Object.keys(service.depends_on).map((dependency) => this.ready(dependency)));
    const replicas = Array.from({ length: this.options.scale?.[name] ?? 1 }, (_, index) => index);
    await Promise.all(replicas.map((index) => this.startReplica(name, service, index)));
  }

  private async startReplica(name: string, service: ComposeService, index: number): Promise<void> {
    const container = await this.describe(name, service, index);
    const { entrypoint, command } = container.config;
    const argv = [...entrypoint, ...(container.command.length > 0 ? container.command : command)];
    const child = await this.run(container, argv);
    this.containers.set(name, [...(this.containers.get(name) ?? []), child]);
    const probe = container.config.healthcheck;
    if (probe === null) return;
    await until(`${container.name} to be healthy`, async () => {
      if (!child.isRunning) return true;
      const check = await this.run(container, probe);
      if ((await check.exited).code === 0) return true;
      throw new Error(`${check.tail}\n${child.tail}`);
    });
    if (!child.isRunning) throw new Error(`${container.name} ended when it was started:\n${child.tail}`);
  }

  private async run(container: ContainerSpec, argv: readonly string[]): Promise<Child> {
    const host = this.options.runtime.commandFor(container, argv);
    return await Child.start({ name: container.name, keepStdinOpen: container.stdinOpen, ...host });
  }

  private async describe(name: string, service: ComposeService, index: number): Promise<ContainerSpec> {
    const config = service.build === undefined ? VALKEY : imageConfig(this.options.stages, service.build.target);
    const own = new Map<string, string>();
    for (const port of portsOf(service, config)) {
      own.set(port, index === 0 ? (this.ports.get(`${name}:${port}`) ?? port) : String(await freePort()));
    }
    const here = (text: string): string => own.get(text) ?? this.translate(text);
    return {
      name: `${name}-${index + 1}`,
      image: service.build?.target ?? service.image,
      config: {
        ...config,
        command: config.command.map(here),
        env: mapValues(config.env, here),
        healthcheck: healthcheckOf(service, config)?.map(here) ?? null,
      },
      command: (service.command ?? []).map(here),
      environment: mapValues(service.environment, here),
      user: service.user ?? config.user,
      tmpfs: service.tmpfs,
      mounts: [...this.files(service), ...this.volumes(service)],
      stdinOpen: service.stdin_open ?? false,
    };
  }

  private files({ secrets, configs }: ComposeService): readonly Mount[] {
    const { file, directory } = this.options;
    const wanted = [
      ...secrets.map((name) => ({ source: file.secrets[name], to: `/run/secrets/${name}` })),
      ...configs.map(({ source, target }) => ({ source: file.configs[source], to: target })),
    ];
    return wanted.map(({ source, to }) => {
      if (source === undefined) throw new Error(`${to} is not declared`);
      const from = join(directory, basename(to));
      // Once: other services may be reading it.
      if (!this.written.has(from)) writeFileSync(from, this.translate(readFileSync(inProject(source.file), 'utf8')));
      this.written.add(from);
      return { from, to, readOnly: true };
    });
  }

  private volumes({ volumes }: ComposeService): readonly Mount[] {
    return volumes.map((volume) => {
      const [name = '', to = ''] = volume.split(':');
      if (!(name in this.options.file.volumes)) throw new Error(`the volume ${name} is not declared`);
      const from = join(this.options.directory, `volume-${name}`);
      mkdirSync(from, { recursive: true });
      return { from, to, readOnly: false };
    });
  }

  private async assignPorts(): Promise<void> {
    for (const [name, service] of Object.entries(this.options.file.services)) {
      const config = service.build === undefined ? VALKEY : imageConfig(this.options.stages, service.build.target);
      for (const port of portsOf(service, config)) {
        if (!this.ports.has(`${name}:${port}`)) this.ports.set(`${name}:${port}`, String(await freePort()));
      }
    }
    for (const name of this.defaultServices) {
      for (const [, published = '', port = ''] of this.service(name).ports.map((each) => each.split(':'))) {
        this.ports.set(`127.0.0.1:${published}`, this.ports.get(`${name}:${port}`) ?? port);
      }
    }
  }

  private service(name: string): ComposeService {
    const service = this.options.file.services[name];
    if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
    return service;
  }
}

function healthcheckOf({ healthcheck }: ComposeService, config: ImageConfig): readonly string[] | null {
  if (healthcheck === undefined) return config.healthcheck;
  return 'test' in healthcheck ? healthcheck.test.slice(1) : null;
}

function portsOf({ expose, ports }: ComposeService, config: ImageConfig): ReadonlySet<string> {
  return new Set([...config.ports, ...expose, ...ports.flatMap((each) => each.split(':').slice(2))]);
}

function mapValues(
  values: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

function seconds(duration: string): number {
  const match = /^([0-9]+)s$/.exec(duration);
  if (match === null) throw new Error(`not a duration in seconds: ${duration}`);
  return Number(match[1]);
}
