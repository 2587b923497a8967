// The lines of a Python traceback that name a file, and its directories up to the last two names.
const TRACEBACK_FILE = /^(\s*File ")(?:[^"\n]*\/)?([^"/\n]+\/[^"/\n]+", line \d+)/;

/**
 * Shortens the paths in Python tracebacks of Senza to their last two names. Users can see where Senza failed, but not where a worker is
 * installed or keeps its temporary files. Called before output is stored, so that the digest of the log matches what readers get.
 */
export function withoutWorkerPaths(output: string): string {
  if (!output.includes('File "')) return output;
  return output
    .split('\n')
    .map((line) => line.replace(TRACEBACK_FILE, '$1$2'))
    .join('\n');
}
