/** One stack version. Both parts are taken literally. */
export interface StackVersionReference {
  readonly region: string;
  readonly stackName: string;
  readonly stackVersion: string;
}

/** What `senza create` is asked. */
export interface CreateRequest {
  readonly region: string;
  readonly stackVersion: string;
  /** The text of the definition. */
  readonly definition: string;
  /** Values by name; they reach Senza in a file that only the worker's user can read. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Tags beside those of the definition, in order. */
  readonly tags: ReadonlyMap<string, string>;
  readonly dryRun?: boolean;
  readonly disableRollback?: boolean;
}

/** What `senza delete` is asked. */
export interface DeleteRequest extends StackVersionReference {
  readonly dryRun?: boolean;
  /** Delete it although it receives traffic. */
  readonly force?: boolean;
}

/** What `senza traffic` is asked to change. */
export interface SwitchTrafficRequest extends StackVersionReference {
  /** Percent, 0 to 100. */
  readonly percentage: number;
}

/** All versions of an application. */
export interface ApplicationReference {
  readonly region: string;
  readonly stackName: string;
}

/** What `senza scale` is asked. */
export interface ScaleRequest extends StackVersionReference {
  readonly desiredCapacity: number;
}

/** What `senza patch` is asked. */
export interface PatchRequest extends StackVersionReference {
  /** An AMI's id, or `latest`, `staging`, `dev`. */
  readonly image: string;
}
