import { type JobKind, type JobRecord } from '#jobs';

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

/** Calls in the job's region. Each names it: that of the API is another one, perhaps. */
export function callsOf({ submission }: JobRecord): Calls {
  const { id, stack_name: name, stack_version: version, region } = submission;
  const path = `/api/stacks/${name}-${version}`;
  const query = `?region=${region}`;
  const body = (fields: Readonly<Record<string, unknown>>): string => {
    const members = Object.entries({ ...fields, region }).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`);
    return ` with {${members.join(', ')}}`;
  };
  return {
    seeStack: `GET ${path}${query}`,
    seeApplication: `GET /api/applications/${name}${query}`,
    listStacks: `GET /api/stacks${query}`,
    setTraffic: `PATCH /api/stacks/${name}-VERSION${body({ new_traffic: 100 })}`,
    sendTraffic: `PATCH ${path}${body({ new_traffic: 100 })}`,
    update: `PUT ${path}${body({ senza_yaml: '...' })}`,
    remove: `DELETE ${path}${body({})}`,
    removeWithTraffic: `DELETE ${path}${body({ force: true })}`,
    rollBack: `POST /api/applications/${name}/rollback${body({})}`,
    undo: `POST /api/applications/${name}/rollback${body({ to_job: id })}`,
  };
}

/** Whether a step has run a command, which can have changed something. */
export function hasRun({ progress }: JobRecord, step: string): boolean {
  return progress.steps.some(({ name, journal }) => name === step && journal.length > 0);
}

/** Whether the job can have changed anything. */
export function canHaveChanged({ submission, progress }: JobRecord): boolean {
  return !submission.dry_run && progress.steps.some(({ journal }) => journal.length > 0);
}
