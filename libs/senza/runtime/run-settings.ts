/** Repairs of Senza that a command can require; docs/senza-repairs.md lists them. */
export type RepairName =
  | 'check_definition'
  | 'check_stack'
  | 'choose_domain'
  | 'fail_when_throttled'
  | 'keep_cname_records'
  | 'keep_no_echo_values'
  | 'name_security_group'
  | 'render_data_only'
  | 'report_errors'
  | 'restore_respawned_groups'
  | 'weights_per_domain';

/** Limits of one command (setrlimit(2)). */
export interface CommandLimits {
  readonly cpu_seconds: number;
  readonly memory_mib: number;
  /** Of each file that it writes. */
  readonly file_mib: number;
  /** Of all processes and threads of the user, as RLIMIT_NPROC counts them. */
  readonly processes: number;
}

/** The runtime's settings for one command (lizzy_runtime/run_settings.py). */
export interface RunSettings {
  readonly limits?: CommandLimits;
  /** Added to the niceness of the template; commands with more get less of a busy processor. */
  readonly niceness?: number;
  readonly expected_stack?: {
    readonly name: string;
    readonly version: string;
    readonly tags: Record<string, string>;
    /** Whether the template must have a weighted domain, because the job will switch its traffic. */
    readonly has_weighted_domain?: boolean;
    /** The logical IDs of the resources that the stack policy protects, by how an update would change them. */
    readonly denied_updates?: { readonly modify: readonly string[]; readonly delete: readonly string[] };
    /** Of an update: the digest of the definition, which the template gets as metadata `LizzyDefinition`. */
    readonly definition_digest?: string;
  };
  readonly required_repairs?: readonly RepairName[];
  /** The bucket for templates that are too large for a request; `{region}` in its name is the region of the stack. */
  readonly template_bucket?: string;
  /** Absolute path where the command writes its requests to AWS when it has ended. */
  readonly aws_requests_file?: string;
}

/** The variable that carries the settings; the runtime removes it before Senza runs. */
export const RUN_SETTINGS_VARIABLE = 'LIZZY_SENZA_RUN';
