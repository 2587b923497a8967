import { type ScalarNode } from './node.js';
import { syntaxError, type Mark } from './reader.js';
import { type YamlScalar } from './value.js';

// Python refuses to convert longer ones between text and number (sys.int_info.default_max_str_digits).
const INTEGER_DIGITS_LIMIT = 4300;
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['no', false],
  ['true', true],
  ['false', false],
  ['on', true],
  ['off', false],
]);
// `timestamp_regexp` in PyYAML's constructor.py.
const TIMESTAMP =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?(?:[ \t]*(Z|([-+])([0-9]{1,2})(?::([0-9]{2}))?))?)?$/;

/** Converts a scalar of one of YAML's own types (the `construct_yaml_...` of PyYAML's constructor.py). */
export function convertScalar(type: string, text: string, node: ScalarNode): YamlScalar {
  const { mark } = node;
  switch (type) {
    case 'null':
      return { kind: 'scalar', type: 'null', value: null, mark };
    case 'bool': {
      const value = BOOLEANS.get(text.toLowerCase());
      if (value === undefined) throw syntaxError('This is not a boolean: write true or false', mark);
      return { kind: 'scalar', type: 'boolean', value, mark };
    }
    case 'int':
      return { kind: 'scalar', type: 'integer', value: toInteger(text, mark), mark };
    case 'float':
      return { kind: 'scalar', type: 'float', value: toFloat(text, mark), mark };
    case 'timestamp':
      return { kind: 'scalar', type: 'date', value: toDate(text, mark), mark };
    case 'binary':
      return { kind: 'scalar', type: 'binary', value: toBinary(text, mark), mark };
    default:
      return { kind: 'scalar', type: 'string', value: text, mark };
  }
}

function splitSign(text: string): { readonly isNegative: boolean; readonly digits: string } {
  const cleaned = text.replaceAll('_', '');
  const isNegative = cleaned.startsWith('-');
  return { isNegative, digits: isNegative || cleaned.startsWith('+') ? cleaned.slice(1) : cleaned };
}

function toInteger(text: string, mark: Mark): bigint {
  if (/^[1-9][0-9]{0,14}$/.test(text)) return BigInt(text);
  const { isNegative, digits } = splitSign(text);
  const value = toUnsigned(digits);
  if (value === undefined) throw syntaxError('This is not an integer: write digits only, or put it in quotes', mark);
  return isNegative ? -value : value;
}

function toUnsigned(digits: string): bigint | undefined {
  if (digits.length > INTEGER_DIGITS_LIMIT) return undefined;
  if (/^0b[01]+$/.test(digits) || /^0x[0-9a-fA-F]+$/.test(digits)) return BigInt(digits);
  if (/^0[0-7]*$/.test(digits)) return BigInt(`0o${digits}`);
  if (/^[1-9][0-9]*$/.test(digits)) return BigInt(digits);
  if (!/^[1-9][0-9]*(?::[0-9]+)+$/.test(digits)) return undefined;
  // Base 60, as in 12:30:45.
  return digits.split(':').reduce((value, part) => value * 60n + BigInt(part), 0n);
}

function toFloat(text: string, mark: Mark): number {
  const { isNegative, digits } = splitSign(text.toLowerCase());
  const parts = digits.split(':');
  let value = 0;
  if (digits === '.inf') value = Infinity;
  else if (digits === '.nan') return Number.NaN;
  else if (parts.every((part) => /^(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[-+]?[0-9]+)?$/.test(part))) {
    let base = 1;
    for (const part of parts.reverse()) {
      value += Number(part) * base;
      base *= 60;
    }
  } else throw syntaxError('This is not a number: write digits and a dot only, or put it in quotes', mark);
  return isNegative ? -value : value;
}

function toDate(text: string, mark: Mark): string {
  const match = TIMESTAMP.exec(text);
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone, sign, zoneHour, zoneMinute] =
    match ?? [];
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isDate = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day) && Number(year) > 0;
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  // datetime.timezone takes less than a day.
  const offset = Number(zoneHour ?? 0) * 60 + Number(zoneMinute ?? 0);
  if (match === null || !isDate || !isTime || offset >= 24 * 60) {
    throw syntaxError('There is no such date: put it in quotes', mark);
  }
  const pad = (part: string | undefined): string => (part ?? '').padStart(2, '0');
  const dayText = `${year ?? ''}-${pad(month)}-${pad(day)}`;
  if (match[4] === undefined) return dayText;
  const time = `${pad(hour)}:${pad(minute)}:${pad(second)}.${fraction.slice(0, 6).padEnd(6, '0')}`;
  const zoneText = zone === undefined ? '' : `${sign === '-' && offset > 0 ? '-' : '+'}${offset}`;
  return `${dayText}T${time}${zoneText}`;
}

// As Python's base64.decodebytes: characters outside the alphabet are skipped, padding must be there.
function toBinary(text: string, mark: Mark): string {
  const isAscii = /^\p{ASCII}*$/u.test(text);
  const digits = text.replace(/[^A-Za-z0-9+/=]/g, '');
  const body = digits.split('=', 1)[0] ?? '';
  const padding = digits.length - body.length;
  const rest = body.length % 4;
  if (!isAscii || rest === 1 || (rest === 2 && padding < 2) || (rest === 3 && padding < 1)) {
    throw syntaxError('!!binary needs base64 with its padding (=)', mark);
  }
  return Buffer.from(body, 'base64').toString('base64');
}
