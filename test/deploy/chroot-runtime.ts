import { type ContainerRuntime, type ContainerSpec, type HostCommand } from './container.js';

/** Mounts a container's file system in a mount namespace of its own, then becomes the container's command. */
const ENTER = `
tree=$1 user=$2 workdir=$3; shift 3
mount --make-rprivate /
mount --bind "$tree" "$tree"
mount --rbind /dev "$tree/dev"; mount --rbind /proc "$tree/proc"
while [ "$1" != -- ]; do
  case $1 in
    tmpfs) mount -t tmpfs -o nosuid,nodev,noexec,mode=1777 tmpfs "$tree$2"; shift 2 ;;
    mount)
      if [ -d "$2" ]; then mkdir -p "$tree$3"; else mkdir -p "$tree$(dirname "$3")"; touch "$tree$3"; fi
      mount --bind "$2" "$tree$3"
      if [ "$4" = ro ]; then mount -o remount,bind,ro "$tree$3"; else chown "$user" "$2"; fi
      shift 4 ;;
  esac
done
mount -o remount,bind,ro "$tree"
shift
exec chroot --userspec="$user" --groups= "$tree" \
  /usr/bin/setpriv --no-new-privs -- /usr/bin/env -i --chdir="$workdir" "$@"
`;

/** Runs containers from the directory trees of their images: as their user, on a read-only root. Needs root. */
export class ChrootRuntime implements ContainerRuntime {
  /** @param trees the directory tree of each image */
  constructor(private readonly trees: ReadonlyMap<string, string>) {}

  commandFor(container: ContainerSpec, argv: readonly string[]): HostCommand {
    const tree = this.trees.get(container.image);
    if (tree === undefined) throw new Error(`no directory tree for the image ${container.image}`);
    const env = { HOME: '/', ...container.config.env, ...container.environment };
    return {
      command: 'unshare',
      args: [
        '--mount',
        '--',
        '/bin/sh',
        '-euc',
        ENTER,
        'container',
        tree,
        container.user.includes(':') ? container.user : `${container.user}:${container.user}`,
        container.config.workdir,
        ...container.tmpfs.flatMap((path) => ['tmpfs', path]),
        ...container.mounts.flatMap(({ from, to, readOnly }) => ['mount', from, to, readOnly ? 'ro' : 'rw']),
        '--',
        ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
        ...argv,
      ],
      env: {},
    };
  }
}
