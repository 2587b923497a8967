import { type Answer } from '../support/call.js';

/** One request: when it was sent, and its answer; null when there was none in time. */
export interface Call {
  readonly sentAt: number;
  readonly what: string;
  readonly answer: Answer | null;
}

/** What is asked; called for each request anew. */
export type Question = () => Promise<Answer>;

/** Asks all its questions again and again, without waiting for answers, and keeps what it was told. */
export class SteadyCalls {
  readonly calls: Call[] = [];
  private readonly open = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;

  constructor(questions: Readonly<Record<string, Question>>, everyMs: number) {
    this.timer = setInterval(() => {
      for (const [what, question] of Object.entries(questions)) this.ask(what, question);
    }, everyMs);
  }

  /** Asks no more; resolves when all has been answered. */
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

/** What a call came to, in a word: the status, whether it says when to come again, or that there was no answer. */
export function outcomeOf({ what, answer }: Call): string {
  if (answer === null) return `${what}: no answer`;
  return `${what}: ${answer.status}${Number(answer.headers.get('retry-after')) > 0 ? ', later' : ''}`;
}

/** The different outcomes of calls, sorted. */
export function outcomes(calls: readonly Call[]): string[] {
  return [...new Set(calls.map(outcomeOf))].sort();
}
