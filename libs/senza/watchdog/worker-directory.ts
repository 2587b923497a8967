import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SOCKET_NAME, LivenessSocket } from './liveness-socket.js';

/** What the directories of workers are called, before something random. */
export const WORKER_DIRECTORY_PREFIX = 'lizzy-senza-';

/** Where a worker's commands have their own directories, with a sign that the worker lives. */
export class WorkerDirectory {
  readonly path = join(tmpdir(), `${WORKER_DIRECTORY_PREFIX}${randomUUID()}`);
  private made: Promise<LivenessSocket | undefined> | undefined;

  /** Makes it, with the first call. @returns its path */
  async make(): Promise<string> {
    this.made ??= this.begin();
    try {
      await this.made;
    } catch (error) {
      this.made = undefined; // There may be space for it later.
      throw error;
    }
    return this.path;
  }

  /** Takes back the sign of life. */
  async leave(): Promise<void> {
    const sign = await this.made?.catch(() => undefined);
    this.made = undefined;
    await sign?.end();
  }

  private async begin(): Promise<LivenessSocket | undefined> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    // Without the socket no other worker removes the directory; the watchdog of this worker does.
    return await LivenessSocket.listen(this.path).catch(() => undefined);
  }
}

/**
 * Removes a worker's directory. The sign of life goes last: when this is cut off, what is left is still known for a dead
 * worker's. Rejects when something cannot be removed.
 */
export async function removeWorkerDirectory(path: string): Promise<void> {
  const names = await readdir(path).catch(() => []);
  const options = { recursive: true, force: true, maxRetries: 5 };
  for (const name of names.filter((each) => each !== SOCKET_NAME)) await rm(join(path, name), options);
  await rm(join(path, SOCKET_NAME), { force: true });
  await rmdir(path);
}
