import { type DefinitionPosition } from './errors/definition-error.js';

/** A parameter that `SenzaInfo.Parameters` declares. */
export interface DefinitionParameter {
  readonly name: string;
  /** Index in the list `SenzaInfo.Parameters`: the positional value with this index is this parameter's. */
  readonly position: number;
  readonly hasDefault: boolean;
  /** The default as text; null without one. */
  readonly defaultValue: string | null;
  /** CloudFormation must not show the value. Everything but an absent or plainly false `NoEcho` counts. */
  readonly noEcho: boolean;
}

/** What can be read from a Senza definition without running Senza. Plain data: threads can hand it on. */
export interface Definition {
  /** The text as it was given. */
  readonly text: string;
  /**
   * `SenzaInfo.StackName` as it is written: a name or a Mustache template of one. The stack of version `v` is called
   * `${name}-v`, where the name is {@link renderStackName}'s.
   */
  readonly stackName: string;
  readonly stackNamePosition: DefinitionPosition;
  readonly parameters: readonly DefinitionParameter[];
  /** Keys of the tags in `SenzaInfo.Tags`. */
  readonly tagKeys: readonly string[];
  /** Whether any parameter, those of CloudFormation's own `Parameters` included, has `NoEcho`. */
  readonly hasNoEcho: boolean;
  /** Whether the definition has a `Description` of its own. */
  readonly hasDescription: boolean;
  /** Where `Description` can be written into the text. */
  readonly descriptionPlace: DescriptionPlace;
  /** SHA-256 of what the definition says, without defaults of NoEcho parameters, in hexadecimal. */
  readonly contentDigest: string;
}

/** Where a first key can be written into the text of a definition. */
export interface DescriptionPlace {
  /** Index in the text, in UTF-16 units. */
  readonly index: number;
  /** Whether the definition is written in braces, as JSON is. */
  readonly isFlow: boolean;
  /** Blanks before the first key. */
  readonly indentation: number;
}
