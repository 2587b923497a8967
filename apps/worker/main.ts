/** The worker's process. Nothing is imported before it can be asked to stop: loading the modules may take seconds. */
let stop: (signal: NodeJS.Signals) => void = () => process.exit(0);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    stop(signal);
  });
}
void import('./worker-process.js').then(({ runWorker }) =>
  runWorker((handler) => {
    stop = handler;
  }),
);
