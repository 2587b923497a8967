import { type JobKind, type JobRecord, stepsThatRan } from '#jobs';

/** What the sentences about a job are made from. */
export interface Subject {
  readonly job: JobRecord;
  readonly kind: JobKind | null;
  readonly stack: string;
  readonly calls: Calls;
  /** The sentence that offers a retry, under a condition if one is given; none when the API does not accept one. */
  readonly retry: (when?: string) => readonly string[];
}

/** The API calls that the sentences name. Each includes the job's region, because the API's default can be another one. */
class Calls {
  private readonly path: string;
  private readonly query: string;

  constructor(private readonly submission: JobRecord['submission']) {
    const { stack_name: name, stack_version: version, region } = submission;
    this.path = `/api/stacks/${name}-${version}`;
    this.query = `?region=${region}`;
  }

  get seeStack(): string {
    return `GET ${this.path}${this.query}`;
  }

  get seeApplication(): string {
    return `GET ${this.application}${this.query}`;
  }

  get listStacks(): string {
    return `GET /api/stacks${this.query}`;
  }

  get setTraffic(): string {
    return `PATCH /api/stacks/${this.submission.stack_name}-VERSION${this.body({ new_traffic: 100 })}`;
  }

  get sendTraffic(): string {
    return `PATCH ${this.path}${this.body({ new_traffic: 100 })}`;
  }

  get update(): string {
    return `PUT ${this.path}${this.body({ senza_yaml: '...' })}`;
  }

  get remove(): string {
    return `DELETE ${this.path}${this.body({})}`;
  }

  get removeWithTraffic(): string {
    return `DELETE ${this.path}${this.body({ force: true })}`;
  }

  get rollBack(): string {
    return `POST ${this.application}/rollback${this.body({})}`;
  }

  get undo(): string {
    return `POST ${this.application}/rollback${this.body({ to_job: this.submission.id })}`;
  }

  private get application(): string {
    return `/api/applications/${this.submission.stack_name}`;
  }

  private body(fields: Readonly<Record<string, unknown>>): string {
    const members = Object.entries({ ...fields, region: this.submission.region }).map(
      ([key, value]) => `"${key}": ${JSON.stringify(value)}`,
    );
    return ` with {${members.join(', ')}}`;
  }
}

/** The calls for a job. */
export function callsOf({ submission }: JobRecord): Calls {
  return new Calls(submission);
}

/** Whether a step has run a command, which can have changed something. */
export function hasRun(job: JobRecord, step: string): boolean {
  return stepsThatRan(job).includes(step);
}

/** Whether the job can have changed anything. */
export function canHaveChanged(job: JobRecord): boolean {
  return !job.submission.dry_run && stepsThatRan(job).length > 0;
}
