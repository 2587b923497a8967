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

/** The calls that the sentences name, as texts. */
type Calls = Readonly<
  Record<
    | 'seeStack'
    | 'seeApplication'
    | 'listStacks'
    | 'setTraffic'
    | 'sendTraffic'
    | 'update'
    | 'remove'
    | 'removeWithTraffic'
    | 'rollBack'
    | 'undo',
    string
  >
>;

/** Calls in the job's region. Each names it: that of the API is another one, perhaps. A sentence needs few of them, so each is made when used. */
export function callsOf({ submission }: JobRecord): Calls {
  const { id, stack_name: name, stack_version: version, region } = submission;
  const path = `/api/stacks/${name}-${version}`;
  const query = `?region=${region}`;
  const body = (fields: Readonly<Record<string, unknown>>): string => {
    const members = Object.entries({ ...fields, region }).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`);
    return ` with {${members.join(', ')}}`;
  };
  return {
    get seeStack() {
      return `GET ${path}${query}`;
    },
    get seeApplication() {
      return `GET /api/applications/${name}${query}`;
    },
    get listStacks() {
      return `GET /api/stacks${query}`;
    },
    get setTraffic() {
      return `PATCH /api/stacks/${name}-VERSION${body({ new_traffic: 100 })}`;
    },
    get sendTraffic() {
      return `PATCH ${path}${body({ new_traffic: 100 })}`;
    },
    get update() {
      return `PUT ${path}${body({ senza_yaml: '...' })}`;
    },
    get remove() {
      return `DELETE ${path}${body({})}`;
    },
    get removeWithTraffic() {
      return `DELETE ${path}${body({ force: true })}`;
    },
    get rollBack() {
      return `POST /api/applications/${name}/rollback${body({})}`;
    },
    get undo() {
      return `POST /api/applications/${name}/rollback${body({ to_job: id })}`;
    },
  };
}

/** Whether a step has run a command, which can have changed something. */
export function hasRun(job: JobRecord, step: string): boolean {
  return stepsThatRan(job).includes(step);
}

/** Whether the job can have changed anything. */
export function canHaveChanged(job: JobRecord): boolean {
  return !job.submission.dry_run && stepsThatRan(job).length > 0;
}
