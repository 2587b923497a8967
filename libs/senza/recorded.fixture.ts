import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const DIRECTORY = join(import.meta.dirname, 'recorded');

const recordedSchema = z.object({
  arguments: z.array(z.string()),
  exitCode: z.int(),
  stdout: z.string(),
  stderr: z.string(),
});

/** One run of the real Senza: see recorded/README.md. */
export type Recorded = z.output<typeof recordedSchema>;

/** Reads a recorded run by its file's name without `.json`. */
export function readRecorded(name: string): Recorded {
  return recordedSchema.parse(JSON.parse(readFileSync(join(DIRECTORY, `${name}.json`), 'utf8')));
}

/** The names of all recorded runs. */
export function recordedNames(): string[] {
  return readdirSync(DIRECTORY)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.replace(/\.json$/, ''));
}
