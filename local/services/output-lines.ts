import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const LINES_KEPT = 10_000;

/** The lines that a child has written, the last of them in memory, all of them in a file when there is one. */
export class OutputLines {
  private readonly kept: string[] = [];
  private readonly listeners = new Set<(line: string) => void>();

  constructor(private readonly file: string | undefined) {
    if (file !== undefined) mkdirSync(dirname(file), { recursive: true });
  }

  get all(): readonly string[] {
    return this.kept;
  }

  read(stream: Readable): void {
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => {
      this.add(line);
    });
  }

  /** Calls back for each line, those already written first. Returns a function that stops it. */
  follow(listener: (line: string) => void): () => void {
    this.kept.forEach(listener);
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private add(line: string): void {
    this.kept.push(line);
    if (this.kept.length > LINES_KEPT) this.kept.shift();
    if (this.file !== undefined) appendFileSync(this.file, `${line}\n`);
    for (const listener of this.listeners) listener(line);
  }
}
