import { type Step } from '../runner/step.js';
import { keptOutput, OUTPUT_KEPT } from './create.step.js';
import { stackNotFound } from './find-stack.step.js';

interface Payload {
  readonly force: boolean;
  readonly dry_run: boolean;
}

/** `senza delete`, done when CloudFormation has taken it. A stack with traffic stays unless `force` says otherwise. */
export const deletion: Step<Payload> = {
  name: 'delete',
  locksName: true,

  async look(context) {
    const { payload, around, stack, signal, record, job } = context;
    const output = keptOutput(context);
    if (payload.dry_run && context.hasActed) {
      return { seen: 'done', message: 'dry run: nothing was deleted', result: { output } };
    }
    const found = await around.aws.stackByName(stack.region, stack.id, signal);
    if (found === null) {
      // A retry goes on from what stands: the job before it may have deleted the stack after all.
      if (record.journal.length === 0 && job.retry_of === null) throw stackNotFound(stack.id);
      return { seen: 'done', message: `the stack ${stack.id} is gone`, result: { status: null, output } };
    }
    if (found.status === 'DELETE_IN_PROGRESS') {
      const { status } = found;
      return { seen: 'done', message: 'CloudFormation has taken the deletion', result: { status, output } };
    }
    return { seen: 'not_begun' };
  },

  async act(context) {
    const { payload, around, stack } = context;
    const { output } = await context.changing(() =>
      around.senza.delete(
        {
          region: stack.region,
          stackName: stack.name,
          stackVersion: stack.version,
          dryRun: payload.dry_run,
          force: payload.force,
        },
        context.command(),
      ),
    );
    context.remember({ output: output.slice(-OUTPUT_KEPT) });
  },
};
