import { type JobKind } from '../record/job-kind.js';
import { patchStackPayload } from './stack-change.payload.js';

const patchParts = patchStackPayload.pick({ new_scale: true, new_ami_image: true, new_traffic: true });

/**
 * Whether the first change that a job makes is one under the lock of its stack's name (a traffic switch, a deletion),
 * with nothing before it that may take long.
 */
export function changesNameFirst(kind: JobKind, payload: unknown): boolean {
  switch (kind) {
    case 'delete_stack':
      return true;
    case 'patch_stack': {
      // What the payload's own schema refuses is told by the job's failure.
      const { data } = patchParts.safeParse(payload);
      return data !== undefined && data.new_traffic !== null && data.new_scale === null && data.new_ami_image === null;
    }
    case 'deploy':
    case 'create_stack':
      return false;
  }
}
