import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const CHUNK_BYTES = 4 * 1024 * 1024;
/** A mapping that the process can write to: `proc_pid_maps(5)`. */
const WRITABLE = /^([0-9a-f]+)-([0-9a-f]+) rw.*$/gm;

/** Whether a text is anywhere in the writable memory of a process, in UTF-8 (Linux; the process must be a descendant). */
export function hasInMemory(pid: number, text: string): boolean {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const [, start = '', end = ''] of readFileSync(`/proc/${pid}/maps`, 'utf8').matchAll(WRITABLE))
      if (isBetween(memory, Number.parseInt(start, 16), Number.parseInt(end, 16), Buffer.from(text))) return true;
    return false;
  } finally {
    closeSync(memory);
  }
}

function isBetween(memory: number, start: number, end: number, text: Buffer): boolean {
  // Chunks overlap: the text may lie across the end of one.
  for (let position = start; position < end; position += CHUNK_BYTES) {
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES + text.length, end - position));
    if (chunk.subarray(0, readSync(memory, chunk, 0, chunk.length, position)).includes(text)) return true;
  }
  return false;
}
