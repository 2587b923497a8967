import { once } from 'node:events';
import { constants } from 'node:fs';
import { open, rename, statfs, type FileHandle } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** The socket in a worker's directory on which the worker listens. */
export const SOCKET_NAME = 'alive';
/** Its name until it listens: one that is bound but does not listen yet refuses connections like a dead one. */
const UNFINISHED = 'alive.new';
const PERMISSIONS = 0o777;
const OWNER_ONLY = 0o700;
/**
 * File systems (`f_type` of statfs(2)) that one kernel alone has mounted: tmpfs, ext2 to ext4, XFS, Btrfs, overlayfs, F2FS,
 * ZFS. On one that is shared over a network, or between virtual machines, another kernel may hold the socket.
 */
const LOCAL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x01021994, 0xef53, 0x58465342, 0x9123683e, 0x794c7630, 0xf2f52010, 0x2fc12fc1,
]);

/**
 * Shows that the owner of a directory is alive: it listens on a socket in it. The kernel drops that with the process, however it
 * ends, and keeps it while the process is frozen; it is seen from other containers that share the directory, and no other
 * process can be taken for the owner, as with process ids.
 */
export class LivenessSocket {
  private constructor(
    private readonly server: Server,
    private readonly directory: FileHandle,
  ) {}

  /** Gives it in a directory of this process. @throws where the system has no such sockets, or no /proc (not on Linux) */
  static async listen(path: string): Promise<LivenessSocket> {
    const directory = await openDirectory(path);
    try {
      // The connection itself is the reply.
      const server = createServer((asking) => asking.destroy());
      server.listen(inside(directory, UNFINISHED));
      await once(server, 'listening');
      server.unref();
      // One that cannot accept (no file descriptor left) is there all the same.
      server.on('error', () => undefined);
      await rename(join(path, UNFINISHED), join(path, SOCKET_NAME));
      return new LivenessSocket(server, directory);
    } catch (error) {
      await directory.close();
      throw error;
    }
  }

  /** Takes it back. */
  async end(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
    await this.directory.close();
  }
}

/**
 * Whether this is a directory of this user's, closed to others, whose owner is certainly dead. False in all other cases:
 * another user's, a symbolic link, without a liveness socket (its owner is starting, or is of an earlier version), no way to tell.
 */
export async function isOrphaned(path: string): Promise<boolean> {
  const directory = await openDirectory(path).catch(() => undefined);
  if (directory === undefined) return false;
  try {
    const { uid, mode } = await directory.stat();
    if (uid !== process.getuid?.() || (mode & PERMISSIONS) !== OWNER_ONLY) return false;
    if (!LOCAL_FILE_SYSTEMS.has((await statfs(inside(directory, '.'))).type)) return false;
    return await nobodyListens(inside(directory, SOCKET_NAME));
  } catch {
    return false; // Gone meanwhile, or not to be looked at.
  } finally {
    await directory.close();
  }
}

function openDirectory(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

/** A path by way of the open directory: a socket's may have 107 bytes only (unix(7)), and nothing is put in its place. */
function inside(directory: FileHandle, name: string): string {
  return `/proc/self/fd/${directory.fd}/${name}`;
}

function nobodyListens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    // EAGAIN is a full queue of an owner that is frozen.
    socket.once('error', (error) => {
      resolve('code' in error && error.code === 'ECONNREFUSED');
    });
  });
}
