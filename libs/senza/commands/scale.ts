import { type StackVersionReference, versionCommand } from '../senza-command.js';
import { numberUpTo100 } from '../argument-guard.js';

/** The request of `senza scale`. */
export interface ScaleRequest extends StackVersionReference {
  readonly desiredCapacity: number;
}

/** `senza scale`: sets the desired number of instances. `--force` keeps it from asking. */
export const senzaScale = versionCommand<ScaleRequest>('scale', ({ desiredCapacity }) => ({
  options: ['--force'],
  values: [numberUpTo100('desiredCapacity', desiredCapacity)],
}));
