/** A parameter that `SenzaInfo.Parameters` declares. */
export interface DefinitionParameter {
  readonly name: string;
  /** Index in the list `SenzaInfo.Parameters`: the positional value with this index is this parameter's. */
  readonly position: number;
  readonly hasDefault: boolean;
  /** The default as text; null without one. */
  readonly defaultValue: string | null;
  /** CloudFormation shall not show the value. Everything but an absent or plainly false `NoEcho` counts. */
  readonly noEcho: boolean;
}

/** What can be read from a Senza definition without running Senza. */
export interface Definition {
  /** The text as it was given. */
  readonly text: string;
  /** `SenzaInfo.StackName`: the stack of version `v` is called `${stackName}-v`. */
  readonly stackName: string;
  readonly parameters: readonly DefinitionParameter[];
  /** Whether any parameter, those of CloudFormation's own `Parameters` included, has `NoEcho`. */
  readonly hasNoEcho: boolean;
  /** Whether the definition has a `Description` of its own. */
  readonly hasDescription: boolean;
}
