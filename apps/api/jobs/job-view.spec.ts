import { type JobRecord } from '#jobs';
import { describe, expect, it } from '@jest/globals';
import { packJob, unpackingTogether, unpackJob } from '../../../libs/jobs/store/packed-job.js';
import { isSettled, jobJson, jobView, succeededJson, variantOf } from './job-view.js';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 26, 12, 0, second)).toISOString();
const step = (name: string, second: number, succeeded: boolean): JobRecord['progress']['steps'][number] => ({
  name,
  status: succeeded ? 'succeeded' : 'failed',
  started_at: at(second),
  finished_at: at(second + 5),
  message: `step "${name}"\nof ünïcode`,
  journal: [{ started_at: at(second), ended_at: at(second + 4), succeeded }],
  deferrals: 1,
  unknown_observations: 0,
  data: { private: name },
});
const succeeded: JobRecord = {
  submission: {
    schema: 1,
    id: '2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d',
    kind: 'deploy',
    stack_name: 'hello',
    stack_version: 'v1',
    region: 'eu-west-1',
    dry_run: false,
    requested_by: 'robot',
    request_id: 'request',
    created_at: at(0),
    retry_of: null,
    owns: [],
    source: { commit: 'abc', url: null, actor: null, message: 'A "message"' },
    secret_parameters: [],
  },
  seq: 7,
  attempt: 1,
  worker: 'worker-1',
  cancel: null,
  log: { lines: 3, sha256: 'ab' },
  progress: {
    status: 'succeeded',
    started_at: at(1),
    finished_at: at(20),
    waiting_for: null,
    deadline_at: null,
    waited_minutes: 0,
    steps: [step('create', 1, true), { ...step('wait', 6, true), journal: [], message: null }],
    result: { create: { stack: 'hello-v1', stack_id: 'arn:aws:1' }, wait: { status: 'CREATE_COMPLETE' } },
    error: null,
  },
};
const { progress } = succeeded;
const error = { code: 'stack_failed', detail: 'The stack failed', data: { resource: 'Queue' } } as const;
const failed: JobRecord = {
  ...succeeded,
  progress: { ...progress, status: 'failed', steps: [step('create', 1, false)], result: null, error },
};
const deletion: JobRecord = {
  ...succeeded,
  submission: { ...succeeded.submission, kind: 'delete_stack' },
  progress: { ...progress, result: null },
};
const kindOfLaterVersion = { ...succeeded, submission: { ...succeeded.submission, kind: 'swap_stacks' } };
const resultOfLaterVersion = {
  ...succeeded,
  progress: { ...progress, result: { ...progress.result, swap: { x: 1 } } },
};
const context = {
  position: null,
  noWorker: null,
  mayAct: true,
  usual: null,
  request: null,
  isRequestGone: false,
  now: new Date(at(60)),
};

/** The record without the parts that lists copy. */
function recordOf({ submission, progress, seq, attempt, worker, cancel, log }: JobRecord): JobRecord {
  return { submission, progress, seq, attempt, worker, cancel, log };
}

describe('a finished job, stored and read again', () => {
  it.each([
    ['one that succeeded', succeeded],
    ['one that failed', failed],
    ['a deletion that was accepted', deletion],
    ['one with a result that this version does not know', resultOfLaterVersion],
    ['one of a kind that this version does not know', kindOfLaterVersion],
  ])('is the same, and shown in lists as alone: %s', (_, job) => {
    const packed = packJob(job);
    const listed = unpackingTogether([packed])(packed);
    expect([unpackJob(packed), listed].map(recordOf)).toEqual([job, job]);
    const made = new Map<string, string>();
    for (const known of [context, { ...context, mayAct: false }, { ...context, now: new Date(at(60 * 24 * 3600)) }]) {
      const json = JSON.stringify(jobView(job, known));
      expect([unpackJob(packed), listed].map((each) => jobJson(each, known))).toEqual([json, json]);
      const variant = variantOf(job.progress, known);
      expect(made.get(variant) ?? json).toBe(json);
      made.set(variant, json);
      if (isSettled(listed)) expect(String(succeededJson(listed.succeeded, known.now))).toBe(json);
    }
  });

  it('needs not be parsed in a list when it has succeeded, whatever its texts contain', () => {
    const text = '"finished_at":"x","log":null,"waited_minutes":0,"error":null,\\';
    const { submission } = succeeded;
    const job = {
      ...succeeded,
      submission: {
        ...submission,
        requested_by: text,
        stack_name: text,
        source: { commit: null, url: null, actor: null, message: text },
      },
      cancel: { requested_at: at(2), requested_by: text, delete_stack: false },
    };
    const packed = packJob(job);
    const { succeeded: lines } = unpackingTogether([packed])(packed);
    expect(String(lines && succeededJson(lines, context.now))).toBe(JSON.stringify(jobView(job, context)));
  });

  it('is readable beside others of another form, and beside one that is damaged', () => {
    const damaged = packJob(failed).fill(1, 20, 40);
    const jobs = [succeeded, failed, resultOfLaterVersion];
    const stored = jobs.map(packJob);
    const unpack = unpackingTogether([...stored.slice(0, 1), damaged, Buffer.from('x'), ...stored.slice(1)]);
    expect(stored.map(unpack).map(recordOf)).toEqual(jobs);
    expect(() => unpack(damaged)).toThrow('checksum');
  });

  it('is never shown with other values when a byte of it has changed', () => {
    const packed = packJob(succeeded);
    const stored = unpackJob(packed);
    let unreadable = 0;
    for (let place = 0; place < packed.length; place += 1) {
      const changed = Buffer.from(packed);
      changed[place] = (packed[place] ?? 0) ^ 4;
      try {
        // A bit between the compressed text and its checksum means nothing.
        expect(unpackJob(changed).shown).toEqual(stored.shown);
      } catch {
        unreadable += 1;
      }
    }
    expect(unreadable).toBeGreaterThanOrEqual(packed.length - 1);
  });
});
