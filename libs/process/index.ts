/** How the processes of Lizzy start, and how they end. */
export { limitHeapGrowth } from './limit-heap-growth.js';
export { exitOnUncaughtErrors, stopProcess } from './process-exit.js';
export { logLibraryOutput } from './library-output.js';
export { releaseStartupMemory } from './release-startup-memory.js';
export { startProcess } from './start-process.js';
