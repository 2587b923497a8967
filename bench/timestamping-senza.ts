import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { inProject } from '../local/services/index.js';

/** A command that writes down the time and becomes Senza. */
export interface TimestampingSenza {
  readonly command: string;
  /** When Senza was started, each time, in milliseconds since 1970. */
  readonly starts: () => readonly number[];
}

/** Makes the command, its notes empty. */
export function timestampingSenza(): TimestampingSenza {
  const folder = inProject('.local', 'bench');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const command = `${folder}/senza`;
  const notes = `${folder}/starts`;
  writeFileSync(notes, '');
  writeFileSync(command, `#!/bin/sh\ndate +%s%N >>'${notes}'\nexec '${inProject('.venv', 'bin', 'senza')}' "$@"\n`);
  chmodSync(command, 0o755);
  const nanosecondsOf = (text: string): number[] => text.split('\n').filter(Boolean).map(Number);
  return { command, starts: () => nanosecondsOf(readFileSync(notes, 'utf8')).map((each) => each / 1e6) };
}
