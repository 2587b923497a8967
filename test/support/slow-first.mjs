import Sequencer from '@jest/test-sequencer';

/** Projects whose tests take long come first, so that no single long test runs at the end while the other processors idle. */
const ORDER = ['faults', 'e2e', 'integration', 'unit'];

const position = ({ context }) => ORDER.indexOf(context.config.displayName?.name ?? '');

export default class SlowFirst extends Sequencer {
  /** @override */
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => position(a) - position(b));
  }
}
