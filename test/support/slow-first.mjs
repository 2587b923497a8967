import Sequencer from '@jest/test-sequencer';

/**
 * Tests that take long come first, so that no single long one runs at the end while the other processors idle. The tests of faults
 * mostly wait: each runs beside one that computes.
 */
const ORDER = ['e2e', 'integration', 'unit'];
/** Without a record of earlier runs Jest knows no durations. */
const LONG = ['libs/definition/senza.spec.ts', 'test/e2e/examples.spec.ts', 'test/senza/stack-repairs.spec.ts'];

const projectOf = ({ context }) => context.config.displayName?.name;
const isLong = ({ path }) => LONG.some((name) => path.endsWith(`/${name}`));
const position = (test) => (isLong(test) ? -1 : ORDER.indexOf(projectOf(test)));

export default class SlowFirst extends Sequencer {
  /** @override */
  sort(tests) {
    const sorted = [...super.sort(tests)].sort((a, b) => position(a) - position(b));
    const waiting = sorted.filter((test) => projectOf(test) === 'faults');
    const computing = sorted.filter((test) => projectOf(test) !== 'faults');
    const pairs = waiting.flatMap((test, index) => [test, ...computing.slice(index, index + 1)]);
    return [...pairs, ...computing.slice(waiting.length)];
  }
}
