import { type ImageConfig } from './dockerfile.js';

/** A file or folder of this machine in a container. */
export interface Mount {
  readonly from: string;
  readonly to: string;
  readonly readOnly: boolean;
}

/** A container as the compose file and its image describe it, with addresses of this machine instead of service names. */
export interface ContainerSpec {
  readonly name: string;
  /** The Dockerfile's target, or the name of an image that is not ours. */
  readonly image: string;
  readonly config: ImageConfig;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly tmpfs: readonly string[];
  readonly mounts: readonly Mount[];
  readonly stdinOpen: boolean;
}

/** A command of this machine that does what a container does. */
export interface HostCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Runs containers without a container engine. */
export interface ContainerRuntime {
  /** The command that runs `argv` as this container runs it: same files, user, environment. */
  commandFor(container: ContainerSpec, argv: readonly string[]): HostCommand;
}
