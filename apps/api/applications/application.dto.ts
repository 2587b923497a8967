import { domainShares, trafficChange } from '#jobs';
import { z } from 'zod';
import { jobSchema } from '../jobs/job.dto.js';
import { failedResourcesSchema, stackNextSchema } from '../stacks/stack.dto.js';

const time = z.iso.datetime();

/** A version of an application. */
const versionSchema = z
  .object({
    version: z.string(),
    stack: z.string().meta({ description: 'The stack, `NAME-VERSION`.' }),
    status: z.string().meta({ description: "CloudFormation's status.", examples: ['CREATE_COMPLETE'] }),
    created_at: time,
    weights: z
      .record(z.string(), z.number())
      .meta({ description: 'Its percentage of the traffic by domain.', examples: [{ 'hello.example.org': 100 }] }),
    job: z.string().nullable().meta({ description: 'The job that created it, while the history has it.' }),
    failed_resources: failedResourcesSchema,
    next: stackNextSchema,
  })
  .meta({ id: 'ApplicationVersion', description: 'One version of an application.' });

const changeSchema = trafficChange.omit({ seq: true, effective: true, records: true }).meta({
  id: 'TrafficChange',
  description: 'A traffic change that this agent made: by whom, when, before and after.',
});

/** An application with its versions and traffic. */
export const applicationSchema = z
  .object({
    name: z.string(),
    region: z.string(),
    versions: z.array(versionSchema).meta({ description: 'Oldest first.' }),
    domains: z
      .array(domainShares)
      .meta({ description: 'All weighted records of its domains in percent, also those of no stack of this region.' }),
    unfinished_jobs: z.array(jobSchema).meta({ description: 'Its newest unfinished jobs, 50 at most.' }),
    traffic_changes: z.array(changeSchema).meta({ description: 'The latest traffic changes, newest first.' }),
  })
  .meta({ id: 'Application', description: 'All versions of one stack name in one region, and their traffic.' });
export type ApplicationView = z.output<typeof applicationSchema>;

/** The applications of a region. */
export const applicationListSchema = z
  .object({
    items: z.array(
      z.object({
        name: z.string(),
        region: z.string(),
        versions: z.int().meta({ description: 'How many stacks it has.' }),
        links: z.object({ self: z.string() }),
      }),
    ),
  })
  .meta({ id: 'ApplicationList', description: 'The applications of a region, by name.' });
export type ApplicationListView = z.output<typeof applicationListSchema>;
