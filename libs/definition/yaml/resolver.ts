/** Prefix of YAML's own tags. */
export const TAG_PREFIX = 'tag:yaml.org,2002:';

interface ImplicitType {
  readonly name: string;
  /** What the text can begin with: PyYAML checks the first character first. */
  readonly first: string;
  readonly pattern: RegExp;
}

// PyYAML's resolver.py, in its order. Each pattern is anchored and has no ambiguous repetition: it is linear.
const IMPLICIT_TYPES: readonly ImplicitType[] = [
  {
    name: 'bool',
    first: 'yYnNtTfFoO',
    pattern: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  },
  {
    name: 'float',
    first: '-+0123456789.',
    pattern:
      /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  },
  {
    name: 'int',
    first: '-+0123456789',
    pattern:
      /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
  },
  { name: 'merge', first: '<', pattern: /^<<$/ },
  { name: 'null', first: '~nN', pattern: /^(?:~|null|Null|NULL)$/ },
  {
    name: 'timestamp',
    first: '0123456789',
    pattern:
      /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$/,
  },
  { name: 'value', first: '=', pattern: /^=$/ },
];

/** The tag of a text without one. `isImplicit`: it is not quoted, so that it can be a number and the like. */
export function resolveTag(value: string, isImplicit: boolean): string {
  if (!isImplicit) return `${TAG_PREFIX}str`;
  if (value === '') return `${TAG_PREFIX}null`;
  const first = value.charAt(0);
  const type = IMPLICIT_TYPES.find((candidate) => candidate.first.includes(first) && candidate.pattern.test(value));
  return TAG_PREFIX + (type?.name ?? 'str');
}
