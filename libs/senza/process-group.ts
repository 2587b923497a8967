/** Sends a signal to all processes of a group; false when there are none left. */
export function signalGroup(pgid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pgid, signal);
    return true;
  } catch {
    // ESRCH: no such group. EPERM cannot be: the group's processes are this user's.
    return false;
  }
}
