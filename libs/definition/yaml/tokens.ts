import { type Mark } from './reader.js';

/** Quotes of a scalar: `'`, `"`, `|`, `>`, or none. */
export type ScalarStyle = 'plain' | "'" | '"' | '|' | '>';

/** Handle (`!`, `!!`, `!name!`; null for a verbatim tag) and suffix of a tag. */
export interface TagName {
  readonly handle: string | null;
  readonly suffix: string;
}

type TokenContent =
  | {
      readonly type:
        | 'stream-end'
        | 'document-start'
        | 'document-end'
        | 'block-sequence-start'
        | 'block-mapping-start'
        | 'block-end'
        | 'flow-sequence-start'
        | 'flow-mapping-start'
        | 'flow-sequence-end'
        | 'flow-mapping-end'
        | 'block-entry'
        | 'flow-entry'
        | 'key'
        | 'value';
    }
  | { readonly type: 'directive'; readonly directive: Directive }
  | { readonly type: 'alias' | 'anchor'; readonly name: string }
  | { readonly type: 'tag'; readonly tag: TagName }
  | { readonly type: 'scalar'; readonly value: string; readonly style: ScalarStyle };

/** A directive line; those that YAML 1.1 does not know have no effect. */
export type Directive =
  | { readonly name: 'YAML'; readonly major: number }
  | { readonly name: 'TAG'; readonly handle: string; readonly prefix: string }
  | { readonly name: 'other' };

/** A token of YAML, with the place where it begins. */
export type Token = TokenContent & { readonly mark: Mark };
/** Tokens of one character. */
export type IndicatorType =
  | 'flow-sequence-start'
  | 'flow-mapping-start'
  | 'flow-sequence-end'
  | 'flow-mapping-end'
  | 'flow-entry'
  | 'block-entry'
  | 'key'
  | 'value';
/** Type of a {@link Token}. */
export type TokenType = Token['type'];

/** How a token is written, for sentences. */
export function describeToken({ type }: Token): string {
  switch (type) {
    case 'flow-entry':
      return '","';
    case 'flow-sequence-end':
      return '"]"';
    case 'flow-mapping-end':
      return '"}"';
    case 'value':
      return '":"';
    case 'block-entry':
      return '"-"';
    case 'key':
      return '"?"';
    case 'stream-end':
      return 'the end of the text';
    default:
      return 'this';
  }
}
