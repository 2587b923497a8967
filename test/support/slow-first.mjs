import Sequencer from '@jest/test-sequencer';

/**
 * Tests that take long come first, so that no single one runs at the end while the processors idle. Without a record of earlier runs Jest
 * knows no durations.
 */
const LONG = [
  'libs/definition/senza.spec.ts',
  'test/pipeline/unhealthy-worker.spec.ts',
  'test/faults/worker-stopped.spec.ts',
  'test/pipeline/traffic-cut-off.spec.ts',
  'test/faults/minute-outage.spec.ts',
  'test/pipeline/traffic.spec.ts',
  'test/e2e/examples.spec.ts',
  'test/faults/redis-outage.spec.ts',
  'test/senza/stack-repairs.spec.ts',
];
/** They are short: they fill what is left. */
const LAST = 'unit';

const projectOf = ({ context }) => context.config.displayName?.name;
const isLong = ({ path }) => LONG.some((name) => path.endsWith(`/${name}`));

/** Puts lists together, each evenly from the beginning to the end. */
const spread = (lists) =>
  lists
    .flatMap((list) => list.map((item, index) => ({ item, place: (index + 0.5) / list.length })))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);

/** Mixes the projects: the tests of faults and of whole jobs mostly wait, and integration tests compute meanwhile. */
export default class SlowFirst extends Sequencer {
  /** @override */
  sort(tests) {
    const sorted = [...super.sort(tests)];
    const long = sorted.filter(isLong);
    const of = (project) => sorted.filter((test) => projectOf(test) === project && !isLong(test));
    const mixed = new Set(sorted.map(projectOf).filter((project) => project !== LAST));
    return [...long, ...spread([...mixed].map(of)), ...of(LAST)];
  }
}
