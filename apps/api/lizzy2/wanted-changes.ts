import { type ApiConfig } from '#config';
import { bindParameters, type Definition, DefinitionError, parseDefinition } from '#definition';
import { Inject, Injectable } from '@nestjs/common';
import { ApiProblem } from '../problems/api-problem.js';
import { problemOfError } from '../problems/problem-of-error.js';
import { API_CONFIG } from '../process/tokens.js';
import { type WantedChange } from '../submissions/job-submissions.js';
import { refuseLongStackName } from '../submissions/stack-name-length.js';
import { type DeleteOptionsBody, type NewStackBody, type StackPatchBody } from './stack-bodies.js';
import { splitStackId, type StackId } from './stack-id.js';

/** Makes changes of the requests of Lizzy 2's API. */
@Injectable()
export class WantedChanges {
  constructor(@Inject(API_CONFIG) private readonly config: ApiConfig) {}

  /** @throws DefinitionError, ApiProblem `invalid_deployment` */
  create(stack: NewStackBody): WantedChange {
    const definition = parseDefinition(stack.senza_yaml);
    checkParameters(definition, stack.parameters);
    const reference = { name: definition.stackName, version: stack.stack_version };
    refuseLongStackName(reference);
    return {
      kind: 'create_stack',
      payload: stack,
      stack: { ...reference, region: this.region(stack) },
      dryRun: stack.dry_run,
      // Lizzy 2 refused nothing: the second of two equal requests finds the first one's stack.
      refuseDuplicate: false,
    };
  }

  /** @throws ApiProblem `stack_not_found` */
  patch(id: string, patch: StackPatchBody): WantedChange {
    const stack = splitStackId(id);
    const change = { kind: 'patch_stack', payload: { ...patch, ...references(stack) } } as const;
    return { ...change, stack: { ...stack, region: this.region(patch) }, dryRun: false, refuseDuplicate: false };
  }

  /** @throws ApiProblem `stack_not_found` */
  delete(id: string, options: DeleteOptionsBody): WantedChange {
    const stack = splitStackId(id);
    const change = { kind: 'delete_stack', payload: { ...options, ...references(stack) } } as const;
    const { dry_run: dryRun } = options;
    return { ...change, stack: { ...stack, region: this.region(options) }, dryRun, refuseDuplicate: false };
  }

  private region({ region }: { readonly region: string | null }): string {
    return region ?? this.config.region;
  }
}

function references({ name, version }: StackId): { stack_name: string; stack_version: string } {
  return { stack_name: name, stack_version: version };
}

/** Parameters that do not fit are told as Senza would: they make the deployment wrong, not the definition. */
function checkParameters(definition: Definition, parameters: readonly string[]): void {
  try {
    bindParameters(definition, parameters);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new ApiProblem('invalid_deployment', error.message, problemOfError(error).parts);
  }
}
