/**
 * Collects the garbage of the start once. Loading the modules leaves V8 with a heap that is half garbage, and an idle process
 * allocates too little for a collection: it would keep some 40 MB. Takes tens of milliseconds, so call it when the process is
 * ready. Never rejects: a Node without an inspector (`--without-inspector`) keeps the memory.
 */
export async function releaseStartupMemory(): Promise<void> {
  try {
    // In this process only: no port is opened. https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/
    const { Session } = await import('node:inspector/promises');
    const session = new Session();
    session.connect();
    await session.post('HeapProfiler.collectGarbage');
    session.disconnect();
  } catch {
    // See above.
  }
}
