import { z } from 'zod';

/** What a worker is about to write into Redis: the job, and the progress of the job, as text. */
interface WritePlace {
  readonly job: string;
  readonly place: string;
}

const JOB_KEY = /^\{lizzy\}:job:([\w-]+)$/;
const progressText = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(
    z.object({
      status: z.string(),
      finished_at: z.string().nullable(),
      waiting_for: z.object({ reason: z.string() }).nullable(),
      steps: z.array(
        z.object({
          name: z.string(),
          status: z.string(),
          finished_at: z.string().nullable(),
          journal: z.array(z.object({ ended_at: z.string().nullable() })),
        }),
      ),
    }),
  );

/** Where a command begins in Redis's protocol: an array of bulk strings, the first of which is a name in lower case. */
const COMMAND = /(?=\*\d+\r\n\$\d+\r\n[a-z]+\r\n)/;

/** The places of the commands in a chunk of Redis's protocol, without those that change no job. */
export function describeWrites(chunk: string): WritePlace[] {
  return chunk.split(COMMAND).flatMap((command) => describeWrite(command) ?? []);
}

function describeWrite(command: string): WritePlace | null {
  const words = command.split('\r\n');
  if (!words.includes('evalsha') && !words.includes('eval')) return null;
  const job = words.map((word) => JOB_KEY.exec(word)?.[1]).find((id) => id !== undefined);
  if (job === undefined) return null;
  const progress = words.find((word) => word.startsWith('{"') && word.includes('"journal":['));
  return { job, place: progress === undefined ? keysOf(words) : entryOf(progressText.parse(progress)) };
}

/** A journal entry. */
function entryOf({ finished_at: end, status, waiting_for: wait, steps }: z.infer<typeof progressText>): string {
  if (end !== null) return `the end: ${status}`;
  const running = steps.find((step) => step.status === 'running');
  if (running === undefined) {
    const last = steps.findLast((step) => step.finished_at !== null);
    return last === undefined ? `the job is ${status}` : `${last.name} has ended`;
  }
  const act = running.journal.at(-1);
  const acts = act === undefined ? '' : `, act ${running.journal.length} ${act.ended_at === null ? 'begins' : 'ended'}`;
  return `${running.name} runs${acts}${wait === null ? '' : `, waits for ${wait.reason}`}`;
}

/** Other writes, such as a claim or a lock, are recognised by their keys. */
function keysOf(words: readonly string[]): string {
  const kinds = words
    .filter((word) => word.startsWith('{lizzy}:'))
    .map((key) =>
      key
        .split(':')
        .slice(1, /:lock(-queue)?:/.test(key) ? 3 : 2)
        .join(' '),
    );
  return `keys ${[...new Set(kinds)].join(', ')}`;
}
