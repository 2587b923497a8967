import { type StackVersionReference, versionCommand } from '../senza-command.js';
import { literal } from '../argument-guard.js';

/** The request of `senza patch`. */
export interface PatchRequest extends StackVersionReference {
  /** An AMI's id, or `latest`, `staging`, `dev`. */
  readonly image: string;
}

/** `senza patch --image`: changes the image of new instances. */
export const senzaPatch = versionCommand<PatchRequest>('patch', ({ image }) => ({
  options: [`--image=${literal('image', image)}`],
}));
