import { jobKind, jobResult, jobSource, jobStatus, stepStatus, waitingFor } from '#jobs';
import { z } from 'zod';
import { jobErrorSchema } from '../problems/problem.error.js';
import { jobRequestSchema } from './job-request.js';
import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

const time = z.iso.datetime().meta({ description: 'UTC, with milliseconds.', examples: ['2026-11-22T18:31:46.123Z'] });

const duration = z
  .int()
  .nullable()
  .meta({ description: 'From the start to the end, in milliseconds; null until then.' });

const step = z
  .object({
    name: z.string(),
    status: stepStatus,
    started_at: time.nullable(),
    finished_at: time.nullable(),
    duration_ms: duration,
    message: z.string().nullable().meta({ description: 'What the step has done, or why it waits.' }),
  })
  .meta({ id: 'Step', description: 'A step of a job.' });

/** A job as the API shows it. The worker's journal, its data and the request are never returned. */
export const jobSchema = z
  .object({
    id: z.string(),
    kind: z.string().meta({
      description: `${jobKind.options.map((kind) => `\`${kind}\``).join(', ')}; or a kind of a later version.`,
      examples: ['deploy'],
    }),
    status: jobStatus,
    stack_name: z.string(),
    stack_version: z.string(),
    region: z.string(),
    dry_run: z.boolean(),
    requested_by: z.string().meta({ description: 'The `uid` of the token that the request came with.' }),
    request_id: z.string(),
    created_at: time,
    started_at: time.nullable().meta({ description: 'When the first step started.' }),
    finished_at: time.nullable(),
    duration_ms: duration,
    expected_finish_at: time.nullable().meta({
      description:
        'When the job is expected to finish: its start (before the start, its submission) plus the median duration of the last jobs of ' +
        'the same kind and application. In the past when the job takes longer than usual. Null when the job has finished, and when ' +
        'there are no such jobs.',
    }),
    expected_from_jobs: z.int().meta({ description: 'The number of jobs in that median; at most 20.' }),
    deadline_at: time.nullable().meta({
      description:
        'When the job fails as timed out: at the end of `timeout_seconds` while it waits for its stack, otherwise 25 hours after ' +
        'its start. Null before the start and after the end.',
    }),
    attempt: z.int().meta({ description: 'How often a worker has claimed the job.' }),
    worker: z.string().nullable().meta({
      description:
        'The ID of the worker that runs the job, as in `GET /api/workers`; null while it waits. After the end, the last worker.',
    }),
    retry_of: z.string().nullable().meta({ description: 'The job that this one retries.' }),
    request: jobRequestSchema.nullable(),
    source: jobSource.nullable(),
    cancel_requested: z.boolean(),
    cancel_requested_by: z.string().nullable().meta({ description: 'Who requested the cancellation; null: no one.' }),
    waiting_for: waitingFor.nullable().meta({ description: 'What the job waits for.' }),
    steps: z.array(step),
    result: jobResult.nullable().meta({ description: 'The results of its steps so far, by the name of the step.' }),
    error: jobErrorSchema.nullable().meta({ description: 'Why it failed.' }),
    retried_by: z.string().nullable().meta({ description: 'The last job that has retried this one.' }),
    actions: z.object({ cancel: z.boolean(), retry: z.boolean() }).meta({
      description:
        'What the caller may do with this job now. A job that was retried offers no retry: `retried_by` does.',
    }),
    log: z
      .object({
        lines: z.int().meta({ description: 'The number of lines.' }),
        sha256: z.string().nullable().meta({
          description: 'SHA-256 of the log as `text/plain`, in hex; null when lines were dropped before the end.',
        }),
      })
      .nullable()
      .meta({ description: 'Size and digest of the log of a finished job, to verify that a download is complete.' }),
    next: z.array(z.string()).meta({
      description:
        'What to do next, as sentences with the calls to make: while the job waits, and after its end. ' +
        'Lists leave out what is possible after a success other than an accepted deletion.',
    }),
    links: z.object({
      self: z.string(),
      log: z.string(),
      events: z.string(),
      definition: z
        .string()
        .nullable()
        .meta({ description: 'Null when the job has none, or when it is no longer kept.' }),
    }),
  })
  .meta({
    id: 'Job',
    description: 'An accepted change and its progress. `succeeded`, `failed`, `cancelled` and `superseded` are final.',
  });

/** A job as the API shows it. */
export type JobView = z.output<typeof jobSchema>;

/** A page of the history. */
export const jobPageSchema = z
  .object({
    items: z.array(jobSchema),
    unreadable: z
      .array(z.object({ id: z.string(), reason: z.string() }))
      .meta({ description: 'Jobs of this page whose stored record is damaged; usually none.' }),
    count: z.int().meta({ description: 'How many jobs match the filters, at most 10,000.' }),
    count_exact: z.boolean().meta({ description: 'False: more than `count` jobs match.' }),
    next_cursor: z
      .string()
      .nullable()
      .meta({ description: 'Pass it as `cursor` to get the next page; null on the last page.' }),
  })
  .meta({ id: 'JobPage', description: 'A page of the history, newest first.' });
export type JobPageView = z.output<typeof jobPageSchema>;

/** Documents the response of a call that creates a job, or changes one. */
export function ApiAcceptedJob(description: string): MethodDecorator {
  const headers = { Location: { description: 'URL of the job', schema: { type: 'string' as const } } };
  return applyDecorators(ApiResponse({ status: 202, description, standardSchema: jobSchema, headers }));
}
