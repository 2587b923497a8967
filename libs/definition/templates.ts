import { DefinitionError, type DefinitionErrorCode } from './errors/definition-error.js';
import { type MustacheTag, readTags } from './mustache.js';
import { entryOf, type YamlMapping, type YamlValue } from './yaml/value.js';
import { dumpOrder, type Path, pathTo, type PlacedScalar, pointerOf, visitScalars } from './yaml/walk.js';

/** How deep sections can be nested: each level multiplies what Senza writes. */
const SECTION_DEPTH_LIMIT = 2;
// `AccountArguments` in Senza's definitions.py. `split_domain` is a function, which Mustache would call.
const ACCOUNT_INFO: ReadonlySet<string> = new Set([
  'Region',
  'AccountID',
  'AccountAlias',
  'Domain',
  'TeamID',
  'VpcID',
  'MintBucket',
]);
/** What `{{Arguments.NAME}}` can name besides the parameters (`TemplateArguments` in Senza's cli.py). */
const OWN_ARGUMENTS: readonly string[] = ['region', 'version'];

interface Section {
  readonly name: string;
  readonly scalar: PlacedScalar;
  readonly pushesMapping: boolean;
}

/**
 * Checks the Mustache tags of a definition as Senza would find them. It renders `SenzaInfo` first, when only
 * `Arguments` and `AccountInfo` are known, and then everything (`evaluate` in its cli.py). A name that is unknown makes
 * it crash, unless a section hides the tag.
 *
 * @throws {DefinitionError} `template_partial`, `template_section` or `invalid_template`
 */
export function assertTemplates(root: YamlMapping, senzaInfo: YamlMapping, parameters: readonly string[]): void {
  const known: ReadonlySet<string> = new Set([...parameters, ...OWN_ARGUMENTS]);
  if (!hasTemplates(root)) return;
  new TemplateCheck(known, undefined).check(senzaInfo, pathTo(undefined, 'SenzaInfo'));
  const rest = new Map([...root.entries].filter(([name]) => name !== 'sSenzaInfo'));
  new TemplateCheck(known, senzaInfo).check({ ...root, entries: rest }, undefined);
}

function hasTemplates(root: YamlMapping): boolean {
  let found = false;
  visitScalars(root, undefined, (scalar) => {
    found ||= scalar.type === 'string' && scalar.value.includes('{{');
  });
  return found;
}

class TemplateCheck {
  private readonly sections: Section[] = [];

  constructor(
    private readonly parameters: ReadonlySet<string>,
    /** What `{{SenzaInfo...}}` can name; undefined while `SenzaInfo` itself is rendered. */
    private readonly senzaInfo: YamlMapping | undefined,
  ) {}

  check(root: YamlValue, start: Path | undefined): void {
    // The order matters for sections that begin and end in different texts.
    visitScalars(
      root,
      start,
      (scalar, path) => {
        if (scalar.type !== 'string' || !scalar.value.includes('{{')) return;
        const placed = { scalar, path };
        const tags = readTags(scalar.value);
        if ('code' in tags) throw problemAt(placed, tags.code, tags.message);
        for (const tag of tags) this.checkTag(tag, placed);
      },
      dumpOrder,
    );
    const open = this.sections.at(-1);
    if (open === undefined) return;
    throw problemAt(open.scalar, 'template_section', `The section is not closed: add {{/${shorten(open.name)}}}`);
  }

  private checkTag({ type, name }: MustacheTag, placed: PlacedScalar): void {
    if (type === '/') {
      if (this.sections.pop()?.name === name) return;
      throw problemAt(placed, 'template_section', `{{/${shorten(name)}}} ends no section: begin it with {{#...}}`);
    }
    if (type === 'variable') {
      // Inside a section, the tag may never be rendered, and the section may know the name.
      if (this.sections.length === 0) this.resolve(name, placed);
      else assertPublic(name, placed);
      return;
    }
    this.openSection(type, name, placed);
  }

  private openSection(type: '#' | '^', name: string, placed: PlacedScalar): void {
    const fail = (message: string): DefinitionError => problemAt(placed, 'template_section', message);
    if (this.sections.length >= SECTION_DEPTH_LIMIT) {
      throw fail(
        `Mustache sections cannot be nested more than ${SECTION_DEPTH_LIMIT} deep: write them one after another`,
      );
    }
    if (this.sections.some(({ pushesMapping }) => pushesMapping)) {
      throw fail('A Mustache section over a mapping cannot contain other sections: name its values in full');
    }
    const value = this.resolve(name, placed);
    const isLoop = type === '#' && (value === 'list' || value === 'pairs' || value === 'set');
    if (isLoop) {
      throw fail(
        `{{#${shorten(name)}}} would loop over a list: a section can only test a parameter, {{#Arguments.NAME}}`,
      );
    }
    this.sections.push({ name, scalar: placed, pushesMapping: type === '#' && value === 'dict' });
  }

  /** What kind of value a name has; undefined for texts and the like. */
  private resolve(name: string, placed: PlacedScalar): string | undefined {
    assertPublic(name, placed);
    const [root = '', ...rest] = name.split('.');
    const [first, ...deeper] = rest;
    switch (root) {
      case 'Arguments':
        if (first !== undefined && deeper.length === 0 && this.parameters.has(first)) return undefined;
        throw this.unknown(name, placed, 'declare it in SenzaInfo.Parameters');
      case 'AccountInfo':
        if (first !== undefined && deeper.length === 0 && ACCOUNT_INFO.has(first)) return undefined;
        throw this.unknown(name, placed, `AccountInfo has ${[...ACCOUNT_INFO].join(', ')}`);
      case 'SenzaInfo':
        return this.resolveSenzaInfo(name, rest, placed);
      case 'SenzaComponents':
        if (first === undefined) return 'list';
        throw this.unknown(name, placed, 'components cannot be named in templates');
      default:
        if (name === '.' && this.sections.length > 0) return undefined;
        throw this.unknown(name, placed, 'write {{Arguments.NAME}}, {{SenzaInfo.NAME}} or {{AccountInfo.NAME}}');
    }
  }

  private resolveSenzaInfo(name: string, rest: readonly string[], placed: PlacedScalar): string | undefined {
    if (rest.length === 0) return 'dict';
    const { senzaInfo } = this;
    if (senzaInfo === undefined) {
      throw this.unknown(name, placed, 'inside SenzaInfo write {{Arguments.version}} or {{Arguments.NAME}}');
    }
    if (rest.length === 1 && rest[0] === 'StackVersion') return undefined;
    let value: YamlValue = senzaInfo;
    for (const part of rest) {
      if (value.kind !== 'mapping') throw this.unknown(name, placed, `only mappings have names inside`);
      const entry = entryOf(value, part);
      if (entry === undefined) {
        // A key that is a template can become any name.
        if ([...value.entries.keys()].some((key) => key.includes('{{'))) return undefined;
        throw this.unknown(name, placed, 'add it to SenzaInfo');
      }
      ({ value } = entry);
    }
    return value.kind === 'scalar' ? undefined : value.type;
  }

  private unknown(name: string, placed: PlacedScalar, advice: string): DefinitionError {
    return problemAt(placed, 'invalid_template', `{{${shorten(name)}}} is unknown to Senza: ${advice}`);
  }
}

// Attributes of Python objects are none of a definition's business.
function assertPublic(name: string, placed: PlacedScalar): void {
  if (name.split('.').every((part) => !part.startsWith('_'))) return;
  throw problemAt(placed, 'invalid_template', `{{${shorten(name)}}}: names that begin with _ cannot be used`);
}

function problemAt({ scalar, path }: PlacedScalar, code: DefinitionErrorCode, message: string): DefinitionError {
  return new DefinitionError(code, message, { position: scalar.mark, pointer: pointerOf(path) });
}

function shorten(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}
