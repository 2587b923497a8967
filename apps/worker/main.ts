/** The worker's process. Nothing is imported before it can be asked to stop: loading the modules may take seconds. */
let stop: (signal: NodeJS.Signals) => void = () => process.exit(0);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    stop(signal);
  });
}
const { runWorker } = await import('./worker-process.js');
await runWorker((handler) => {
  stop = handler;
});
