import { JobFailedError, type PatchImageResult } from '#jobs';
import { senzaPatch } from '#senza/commands/patch.js';
import { z } from 'zod';
import { type StepContext } from '../engine/step-context.js';
import { type Step } from '../engine/step.js';
import { assertListed } from './unlisted-stack.js';

interface Payload {
  readonly new_ami_image: string | null;
}

const channel = z.enum(['latest', 'staging', 'dev']);

/** `senza patch --image`, verified by the image from which the stack's groups launch instances. */
export const patchImage: Step<Payload> = {
  name: 'patch_image',

  async observe(context) {
    const { services, stack, signal } = context;
    const image = await imageOf(context);
    const groups = await services.aws.autoScalingGroups(stack.region, stack.id, signal);
    if (groups.length === 0) {
      throw new JobFailedError('no_auto_scaling_group', `The stack ${stack.id} has no auto scaling group to patch.`, {
        stack: stack.id,
      });
    }
    if (groups.some(({ imageId }) => imageId !== image)) return { state: 'not_started' };
    return {
      state: 'done',
      message: `new instances are made of ${image}`,
      result: { image } satisfies PatchImageResult,
    };
  },

  async apply(context) {
    const { services, stack } = context;
    const image = await imageOf(context);
    await assertListed(context);
    await context.whileChanging(() =>
      services.senza.run(
        senzaPatch,
        { region: stack.region, stackName: stack.name, stackVersion: stack.version, image },
        context.command(),
      ),
    );
  },
};

/** The image's id: a channel is resolved once per job, so that all observations compare with the same image. */
async function imageOf(context: StepContext<Payload>): Promise<string> {
  const known = z.string().safeParse(context.record.data['image']);
  if (known.success) return known.data;
  const wanted = context.payload.new_ami_image ?? '';
  const named = channel.safeParse(wanted);
  const image = named.success
    ? await context.services.aws.latestImage(context.stack.region, named.data, context.signal)
    : wanted;
  if (image === null)
    throw new JobFailedError('image_not_found', `No Taupage AMI found for ${wanted}`, { image: wanted });
  context.remember({ image });
  return image;
}
