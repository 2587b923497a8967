import { planRollback } from '#jobs';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { z } from 'zod';
import { inProject } from '../../local/services/index.js';

const TIMEOUT_MS = 60_000;

/** Carries out the moves of each plan by the functions with which `senza traffic` computes the weights. */
const SIMULATION = `
import contextlib, io, json, sys
from lizzy_runtime.traffic_plan import plan
results = []
for names, moves in json.load(sys.stdin):
    weights = {name: 0 for name in names}
    for move in moves:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            weights = plan(weights, "shop-" + move["version"], move["percentage"], dict.fromkeys(names, "")).after
    results.append({name: weight / 2 for name, weight in weights.items()})
json.dump(results, sys.stdout)
`;

const TARGETS = [
  [60, 40],
  [81, 10, 9],
  [50, 30, 20],
  [33.5, 33.5, 33],
  [97, 1, 1, 1],
  [40, 30, 20, 10],
  [30, 25, 20, 15, 10],
].map((shares) => Object.fromEntries(shares.map((share, index) => [`shop-${index}`, share])));

describe('planning a rollback, beside the arithmetic of Senza', () => {
  it(
    'restores shares to half a percent, with five versions to one percent',
    async () => {
      const plans = TARGETS.map((weights) => [
        Object.keys(weights),
        planRollback({ region: 'eu-west-1', name: 'shop' }, [{ domain: 'shop.example.org', weights }]),
      ]);
      const { stdout } = await execa(inProject('.venv', 'bin', 'python'), ['-c', SIMULATION], {
        env: { PYTHONPATH: inProject('libs', 'senza', 'runtime') },
        input: JSON.stringify(plans),
      });
      const restored = z.array(z.record(z.string(), z.number())).parse(JSON.parse(stdout));
      const errors = TARGETS.map((target, index) =>
        Math.max(...Object.entries(target).map(([name, share]) => Math.abs((restored[index]?.[name] ?? 0) - share))),
      );
      expect(Math.max(...errors.slice(0, -1))).toBeLessThanOrEqual(0.5);
      expect(errors.at(-1)).toBeLessThanOrEqual(1);
    },
    TIMEOUT_MS,
  );
});
