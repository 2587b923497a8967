import { syntaxError } from './reader.js';
import { TAG_PREFIX } from './resolver.js';
import { type Scanner } from './scanner.js';

/** Reads the lines that begin with `%` (`process_directives` in PyYAML's parser.py). The result: prefixes of tags. */
export function readDirectives(scanner: Scanner): ReadonlyMap<string, string> {
  const handles = new Map<string, string>();
  let hasVersion = false;
  for (let token = scanner.peek(); token.type === 'directive'; token = scanner.peek()) {
    const { directive, mark } = token;
    if (directive.name === 'YAML') {
      if (hasVersion) throw syntaxError('%YAML is given twice: remove one', mark);
      if (directive.major !== 1) throw syntaxError('Write %YAML 1.1: other versions are not supported', mark);
      hasVersion = true;
    } else if (directive.name === 'TAG') {
      if (handles.has(directive.handle)) throw syntaxError('%TAG declares this handle twice: remove one', mark);
      handles.set(directive.handle, directive.prefix);
    }
    scanner.take();
  }
  return new Map([['!', '!'], ['!!', TAG_PREFIX], ...handles]);
}
