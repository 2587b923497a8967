import { type Answer } from '#client';

/** One request: when it was sent, and its response; null when there was none in time. */
export interface Call {
  readonly sentAt: number;
  readonly what: string;
  readonly answer: Answer | null;
}

/** The request; called for each repetition. */
export type Question = () => Promise<Answer>;

/** Repeats all its requests without waiting for responses, and records the responses. */
export class LoadGenerator {
  readonly calls: Call[] = [];
  private readonly open = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;

  constructor(questions: Readonly<Record<string, Question>>, everyMs: number) {
    this.timer = setInterval(() => {
      for (const [what, question] of Object.entries(questions)) this.ask(what, question);
    }, everyMs);
  }

  /** Stops sending; resolves when all requests have been answered. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.open);
  }

  /** What was sent between two moments. */
  between(from: number, to: number): Call[] {
    return this.calls.filter(({ sentAt }) => sentAt >= from && sentAt < to);
  }

  private ask(what: string, question: Question): void {
    const sentAt = performance.now();
    const asked = question()
      .catch(() => null)
      .then((answer) => {
        this.calls.push({ sentAt, what, answer });
        this.open.delete(asked);
      });
    this.open.add(asked);
  }
}

/** The outcome of a call, in a word: the status, whether it has a Retry-After, or that there was no response. */
function outcomeOf({ what, answer }: Call): string {
  if (answer === null) return `${what}: no answer`;
  return `${what}: ${answer.status}${Number(answer.headers.get('retry-after')) > 0 ? ', later' : ''}`;
}

/** The different outcomes of calls, sorted. */
export function outcomes(calls: readonly Call[]): string[] {
  return [...new Set(calls.map(outcomeOf))].sort();
}
