import { type StepRecord } from '#jobs';
import { type Breadcrumb } from '#telemetry';

/** The steps of a job and their changes as breadcrumbs, also those that another worker made. */
export function breadcrumbsOf(steps: readonly StepRecord[]): Breadcrumb[] {
  return steps
    .filter(({ started_at }) => started_at !== null)
    .flatMap(({ name, status, started_at, journal }) => [
      { category: 'step', message: `${name}: ${status}`, at: Date.parse(started_at ?? '') },
      ...journal.map(({ started_at: at, succeeded, failure, signal, command }) => ({
        category: 'change',
        message: command ?? `change of the step ${name}`,
        data: { succeeded, code: failure?.code ?? null, exit_code: exitCode(failure?.data), signal: signal ?? null },
        at: Date.parse(at),
      })),
    ]);
}

function exitCode(data: Readonly<Record<string, unknown>> = {}): number | null {
  return typeof data['exit_code'] === 'number' ? data['exit_code'] : null;
}
