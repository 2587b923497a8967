/** A queue that serves its users in turn, so that many entries of one do not delay the others. */
export class FairQueue<T> {
  private readonly entries = new Map<string, T[]>();

  add(user: string, entry: T): void {
    const ofUser = this.entries.get(user);
    if (ofUser === undefined) this.entries.set(user, [entry]);
    else ofUser.push(entry);
  }

  /** The next entry, which leaves the queue. @param isServed whether it is not the turn of this user */
  take(isServed: (user: string) => boolean): T | undefined {
    for (const [user, ofUser] of this.entries) {
      if (isServed(user)) continue;
      const entry = ofUser.shift();
      // The user goes to the end of the line.
      this.entries.delete(user);
      if (ofUser.length > 0) this.entries.set(user, ofUser);
      return entry;
    }
    return undefined;
  }

  /** Removes all entries. */
  clear(): T[] {
    const all = [...this.entries.values()].flat();
    this.entries.clear();
    return all;
  }
}
