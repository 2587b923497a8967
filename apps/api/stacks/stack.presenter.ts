import { callerOf } from '../http/caller.decorator.js';
import { type JobRecord } from '#jobs';
import { Injectable } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { z } from 'zod';
import { JobPresenter } from '../jobs/job.presenter.js';
import { type JobView } from '../jobs/job.dto.js';
import { type SubmittedChange } from './stack-changes.service.js';
import { StackReadsService } from './stack-reads.service.js';
import { creationTime, type StackView, stackView } from './stack.dto.js';

/** How long the header may be, in characters, which are bytes in Latin-1. */
export const OUTPUT_HEADER_LIMIT = 2048;

/** Lizzy 2's header with the output of Senza; lizzy-client fails without it. */
const OUTPUT_HEADER = 'x-lizzy-output';

// A header's value may have these (RFC 9110, section 5.5), less C1, which nothing prints.
const NOT_LATIN_1 = /[^\t\x20-\x7e\xa0-\xff]/gu;

/**
 * Senza's output as Lizzy 2 put it into `X-Lizzy-Output`: each newline the two characters `\n`. Characters outside Latin-1
 * become `?`; of a long output the end is kept.
 */
export function outputHeader(output: string): string {
  const escaped = output.replace(/\r?\n/g, '\\n').replace(NOT_LATIN_1, '?');
  if (escaped.length <= OUTPUT_HEADER_LIMIT) return escaped;
  const end = escaped.slice(-OUTPUT_HEADER_LIMIT);
  const isNewlineCut = end.startsWith('n') && escaped.at(-OUTPUT_HEADER_LIMIT - 1) === '\\';
  return isNewlineCut ? end.slice(1) : end;
}

const output = z
  .string()
  .nullish()
  .transform((text) => text ?? '');
/** What the worker's step `create` stores in the job's result; for a dry run only the output of Senza. */
const createResult = z.object({
  create: z.object({
    output,
    status: z.string().optional(),
    created_at: z.string().optional(),
    description: z.string().nullish(),
  }),
});
/** What the worker's step `delete` stores in the job's result. */
const deleteResult = z.object({ delete: z.object({ output }) });

function supersededBy({ progress }: JobRecord): string {
  const by = progress.result?.['superseded_by'];
  const other = typeof by === 'string' ? `job ${by}` : 'another job';
  return `The traffic was not changed: ${other}, which was submitted later, has changed it.`;
}

/** Lizzy 2's responses to finished changes; for one that was not waited for the response is its job, with 202. */
@Injectable()
export class StackPresenter {
  constructor(
    private readonly reads: StackReadsService,
    private readonly views: JobPresenter,
  ) {}

  /** The stack after its creation. */
  async created({ job, asJob }: SubmittedChange, reply: FastifyReply): Promise<StackView | JobView> {
    if (asJob) return await this.accepted(job, reply);
    const { stack_name, stack_version: version, dry_run: dryRun } = job.submission;
    const { create } = createResult.parse(job.progress.result);
    reply.header(OUTPUT_HEADER, outputHeader(create.output));
    if (dryRun) return { stack_name, version, status: 'DRY-RUN', creation_time: '', description: '' };
    return {
      stack_name,
      version,
      status: create.status ?? 'UNKNOWN',
      creation_time: creationTime(create.created_at ?? ''),
      description: create.description ?? null,
    };
  }

  /**
   * The stack after its change. A superseded change is answered as Lizzy 2 did, which applied each change at once: a later
   * one has replaced it.
   */
  async patched({ job, asJob }: SubmittedChange, reply: FastifyReply): Promise<StackView | JobView> {
    if (asJob) return await this.accepted(job, reply);
    const { stack_name: name, stack_version: version, region } = job.submission;
    if (job.progress.status === 'superseded') reply.header(OUTPUT_HEADER, outputHeader(supersededBy(job)));
    return stackView(await this.reads.one({ id: `${name}-${version}`, name, version }, region));
  }

  /** Nothing: the stack is being deleted. */
  async deleted({ job, asJob }: SubmittedChange, reply: FastifyReply): Promise<JobView | undefined> {
    if (asJob) return await this.accepted(job, reply);
    reply.header(OUTPUT_HEADER, outputHeader(deleteResult.parse(job.progress.result).delete.output));
    return undefined;
  }

  private async accepted(job: JobRecord, reply: FastifyReply): Promise<JobView> {
    reply.code(202);
    return await this.views.accepted(job, callerOf(reply.request), reply);
  }
}
