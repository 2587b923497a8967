import { readdirSync, readFileSync } from 'node:fs';
import { inProject } from '../../local/services/index.js';

const FOLDER = inProject('test', 'contract', 'transcripts');
/** The headers that the HTTP client adds. */
const OWN_HEADERS = ['host', 'user-agent', 'content-length'];

/** An exchange with the real Lizzy 2.5.4, as curl recorded it. */
export interface Exchange {
  /** The name of its file without the ending; the order of the names is the order of recording. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: the request had none. */
  readonly body: string | null;
  readonly answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

/** All recorded exchanges, in their order. */
export function readExchanges(): Exchange[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.txt'));
  return files.sort().map((file) => readExchange(file.replace('.txt', ''), readFileSync(`${FOLDER}/${file}`, 'utf8')));
}

function readExchange(name: string, text: string): Exchange {
  const [, request = '', response = ''] = /^## request\n([^]*?)\n## response[^\n]*\n([^]*)$/m.exec(text) ?? [];
  const [head = '', body] = request.split('\n## request body\n');
  const [, method = '', path = ''] = /^> (\S+) (\S+) HTTP/.exec(head) ?? [];
  const [, status = ''] = /^< HTTP\S* (\d+)/.exec(response) ?? [];
  const [, answered = ''] = /\n< \n([^]*)\n# time_total/.exec(response) ?? [];
  return {
    name,
    method,
    path,
    headers: headersOf(head, '>', OWN_HEADERS),
    body: body?.trimEnd() ?? null,
    answer: {
      status: Number(status),
      headers: headersOf(response, '<', []),
      body: method === 'HEAD' ? '' : answered.trim(),
    },
  };
}

function headersOf(text: string, mark: string, without: readonly string[]): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.startsWith(`${mark} `) && line.includes(': '));
  const entries = lines.map((line) => {
    const colon = line.indexOf(': ');
    return [line.slice(2, colon).toLowerCase(), line.slice(colon + 2)] as const;
  });
  return Object.fromEntries(entries.filter(([key]) => !without.includes(key)));
}
