/** How long a line may stay without its newline before it is told as it is: Senza writes one dot per look. */
const IDLE_MS = 1000;

/** Makes lines of chunks of text, and tells an unfinished line when nothing more has come for a while. */
export class LineSplitter {
  private pending = '';
  private idle: NodeJS.Timeout | undefined;

  constructor(private readonly onLine: (line: string) => void) {}

  /** Adds a chunk. */
  push(chunk: string): void {
    clearTimeout(this.idle);
    const lines = (this.pending + chunk).split(/\r\n|\n|\r(?!$)/);
    this.pending = lines.pop() ?? '';
    lines.forEach((line) => {
      this.onLine(line);
    });
    this.idle = setTimeout(() => {
      this.end();
    }, IDLE_MS);
  }

  /** Tells what is left. */
  end(): void {
    clearTimeout(this.idle);
    const rest = this.pending;
    this.pending = '';
    if (rest !== '') this.onLine(rest);
  }
}
