import { type ZodType } from 'zod';
import {
  createArguments,
  DEFINITION_FILE,
  deleteArguments,
  domainsArguments,
  PARAMETER_FILE,
  patchArguments,
  regionsArguments,
  respawnInstancesArguments,
  scaleArguments,
  switchTrafficArguments,
  trafficArguments,
  updateArguments,
  versionArguments,
} from './commands.js';
import { parameterFile } from './commands.js';
import { readRegions, readTable, readVersion, saysNoUpdate } from './output.js';
import {
  type ApplicationReference,
  type CreateRequest,
  type DeleteRequest,
  type PatchRequest,
  type ScaleRequest,
  type StackVersionReference,
  type SwitchTrafficRequest,
  type UpdateRequest,
} from './commands.js';
import { type RunContext } from './process/run-context.js';
import { SenzaError } from './errors.js';
import { LIMITS, runSenza, type SenzaCall, type SenzaOptions, type SenzaResult } from './run-senza.js';
import {
  domainSchema,
  trafficChangeSchema,
  trafficWeightSchema,
  type StackDomain,
  type TrafficChange,
  type TrafficWeight,
} from './output.js';

/** What a command wrote, both streams merged in the order of arrival, redacted. */
export interface CommandOutput {
  readonly output: string;
  readonly durationMs: number;
}

/** What a command wrote, and the rows of its table. */
export interface TableOutput<Row> extends CommandOutput {
  readonly rows: readonly Row[];
}

/**
 * Senza's command line, one method per subcommand. Each rejects with a SenzaError when the command fails. Success says
 * what Senza believes: it exits 0 on a scale, patch or respawn of a stack that does not exist.
 */
export class Senza {
  private readonly running = new Set<Promise<unknown>>();

  constructor(private readonly options: SenzaOptions) {}

  /** Resolves when no command runs. */
  async onIdle(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled(this.running);
  }

  /** The version, such as `2.1.143`. */
  async version(context: RunContext): Promise<string> {
    const call = { arguments: versionArguments(), files: {}, region: undefined, limits: LIMITS.log };
    const result = await this.run(call, context);
    return readVersion(result);
  }

  /** The regions that Senza takes; no other is one that it can deploy to. Asks nobody but Senza. */
  async regions(context: RunContext): Promise<ReadonlySet<string>> {
    const call = { arguments: regionsArguments(), files: {}, region: undefined, limits: LIMITS.log };
    try {
      const { command, stdout, output } = await this.run(call, context);
      return readRegions({ command, stdout, output });
    } catch (error) {
      if (!(error instanceof SenzaError) || error.code !== 'usage') throw error;
      return readRegions({ command: error.command, stdout: error.outputTail, output: error.outputTail });
    }
  }

  /** Creates a stack; returns when CloudFormation has accepted it. */
  create(request: CreateRequest, context: RunContext): Promise<CommandOutput> {
    return this.command(createArguments(request), request, context, definitionFiles(request));
  }

  /** Updates a stack; `changed` is false when CloudFormation says that there is nothing to update. */
  async update(request: UpdateRequest, context: RunContext): Promise<CommandOutput & { readonly changed: boolean }> {
    const result = await this.command(updateArguments(request), request, context, definitionFiles(request));
    return { ...result, changed: !saysNoUpdate(result.output) };
  }

  /** Deletes a stack; returns when CloudFormation has accepted that. */
  delete(request: DeleteRequest, context: RunContext): Promise<CommandOutput> {
    return this.command(deleteArguments(request), request, context);
  }

  /** The weights of all versions of an application, in percent. */
  traffic(request: ApplicationReference, context: RunContext): Promise<TableOutput<TrafficWeight>> {
    return this.table(trafficArguments(request), request, context, trafficWeightSchema);
  }

  /**
   * Starts the stack updates that change the weights, and returns what it has announced. Nothing is announced when the
   * last version that receives traffic is set to 0: all weights are 0 then.
   */
  switchTraffic(request: SwitchTrafficRequest, context: RunContext): Promise<TableOutput<TrafficChange>> {
    return this.table(switchTrafficArguments(request), request, context, trafficChangeSchema);
  }

  /** The domains of all versions of an application. */
  domains(request: ApplicationReference, context: RunContext): Promise<TableOutput<StackDomain>> {
    return this.table(domainsArguments(request), request, context, domainSchema);
  }

  /** Sets the desired number of instances. */
  scale(request: ScaleRequest, context: RunContext): Promise<CommandOutput> {
    return this.command(scaleArguments(request), request, context);
  }

  /** Changes the image of new instances. */
  patch(request: PatchRequest, context: RunContext): Promise<CommandOutput> {
    return this.command(patchArguments(request), request, context);
  }

  /** Replaces the instances that do not have the current image, one by one: this takes minutes. */
  respawnInstances(request: StackVersionReference, context: RunContext): Promise<CommandOutput> {
    return this.command(respawnInstancesArguments(request), request, context);
  }

  private async command(
    commandArguments: readonly string[],
    { region }: { readonly region: string },
    context: RunContext,
    files: SenzaCall['files'] = {},
  ): Promise<CommandOutput> {
    const call = { arguments: commandArguments, files, region, limits: LIMITS.log };
    const { output, durationMs } = await this.run(call, context);
    return { output, durationMs };
  }

  private async table<Row>(
    commandArguments: readonly string[],
    { region }: { readonly region: string },
    context: RunContext,
    row: ZodType<Row>,
  ): Promise<TableOutput<Row>> {
    const call = { arguments: commandArguments, files: {}, region, limits: LIMITS.table };
    const result = await this.run(call, context);
    return { output: result.output, durationMs: result.durationMs, rows: readTable(row, result) };
  }

  private async run(call: SenzaCall, context: RunContext): Promise<SenzaResult> {
    const result = runSenza(this.options, call, context);
    this.running.add(result);
    try {
      return await result;
    } finally {
      this.running.delete(result);
    }
  }
}

function definitionFiles({
  definition,
  parameters,
}: Pick<CreateRequest, 'definition' | 'parameters'>): SenzaCall['files'] {
  return {
    [DEFINITION_FILE]: definition,
    ...(parameters.size > 0 ? { [PARAMETER_FILE]: parameterFile(parameters) } : {}),
  };
}
