import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry of its own for a process, with the process's own figures (memory, CPU, event loop). */
export function createMetrics({ process: name }: { process: string }): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ process: name });
  collectDefaultMetrics({ register: registry });
  return registry;
}
