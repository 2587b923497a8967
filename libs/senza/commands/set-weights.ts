import {
  type CommandOutput,
  commonOptions,
  readOutput,
  type SenzaCommand,
  type SenzaRequest,
} from '../senza-command.js';
import { literal } from '../argument-guard.js';

const WEIGHTS_FILE = 'weights.json';
/** Senza gives a version with all traffic this weight per percent (senza/traffic.py, `PERCENT_RESOLUTION`). */
const WEIGHT_PER_PERCENT = 2;

/** The exact weights to set. */
export interface SetWeightsRequest extends SenzaRequest {
  readonly region: string;
  /** The application, whose notification topics are informed as by a switch. */
  readonly stackName: string;
  readonly domains: readonly {
    readonly domain: string;
    /** Only the records of this type (`AAAA`); null: of all types. */
    readonly type: string | null;
    /** Percent by identifier. Other records of the domain get 0. */
    readonly weights: Readonly<Record<string, number>>;
  }[];
  /** Record sets that belonged to no stack, as Route 53 returned them: a deleted one is created again if it gets a weight. */
  readonly records: readonly { readonly zone: string; readonly record: Readonly<Record<string, unknown>> }[];
}

/**
 * `senza lizzy-set-weights`, a command of the runtime (lizzy_runtime/set_weights.py): sets the weights of several domains at
 * once. Like `senza traffic` it starts updates of the stacks whose weight changes and does not wait for them.
 */
export const senzaSetWeights: SenzaCommand<SetWeightsRequest, CommandOutput> = {
  name: 'lizzy-set-weights',
  arguments: (request) => ['lizzy-set-weights', ...commonOptions(request), '--', WEIGHTS_FILE],
  files: ({ stackName, domains, records }) => ({
    [WEIGHTS_FILE]: JSON.stringify({
      stack_name: literal('stackName', stackName),
      domains: domains.map((each) => ({ ...each, weights: weightsOf(each.weights) })),
      records,
    }),
  }),
  settings: () => ({ required_repairs: ['weights_per_domain', 'keep_no_echo_values'] }),
  read: readOutput,
};

function weightsOf(percentages: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(percentages).map(([identifier, share]) => [identifier, Math.round(share * WEIGHT_PER_PERCENT)]),
  );
}
