import { hasHiddenCharacter, plainText } from '#formats';
import { GramIndex } from './gram-index.js';

const MASK = '****';
/** Parts of a secret with this many characters are masked. */
const MIN_PART = 6;
/** A secret that is shorter than this is masked only where it is the value of a name, since it occurs in every text. */
const MIN_WORD = 3;
/** The forms of so many secrets are made in some milliseconds. */
const FORMS_PORTION = 16;

/** Characters that JSON, Python, YAML, HTML and URLs write as they are. */
const UNQUOTED = /^[A-Za-z0-9_.~-]*$/;

type Interval = readonly [start: number, end: number];

/**
 * A function that masks secrets in a text, and each part of a secret with 6 characters or more: as they are, and as JSON,
 * Python, Mustache (HTML), URLs, base64 and hexadecimal digits write them. Shorter secrets are masked where they stand alone. Takes time
 * linear in the length of the text, whatever the number of secrets.
 */
export function makeRedaction(secrets: readonly string[]): Redaction {
  const preparation = prepareRedaction(secrets);
  for (;;) {
    const step = preparation.next();
    if (step.done === true) return step.value;
  }
}

/** Masks secrets in a text. */
export type Redaction = (text: string) => string;

/** {@link makeRedaction} in portions of some milliseconds: hundreds of long secrets take seconds. */
export function* prepareRedaction(secrets: readonly string[]): Generator<void, Redaction> {
  const distinct = [...new Set(secrets)].filter((secret) => secret.trim() !== '');
  const forms: string[] = [];
  for (const [index, secret] of distinct.entries()) {
    forms.push(...formsOf(secret));
    if (index % FORMS_PORTION === FORMS_PORTION - 1) yield;
  }
  const parts = new GramIndex(
    forms.filter((form) => form.length >= MIN_PART),
    MIN_PART,
  );
  yield* parts.build();
  const short: ReadonlySet<string> = new Set([...distinct, ...forms].filter((form) => form.length < MIN_PART));
  return (text) => mask(text, merge([...parts.findIn(text), ...findShort(text, short)]));
}

function formsOf(secret: string): string[] {
  // Hidden characters are taken out of an output before it is masked.
  const shown = hasHiddenCharacter(secret) ? [plainText(secret)] : [];
  return [...new Set([...textForms(secret), ...byteForms(secret), ...shown])];
}

/** How other formats quote a secret. */
function textForms(secret: string): string[] {
  // No format quotes it, but a URL can be in lower case.
  if (UNQUOTED.test(secret)) return [secret, secret.toLowerCase()];
  const json = JSON.stringify(secret).slice(1, -1);
  const url = encodeUrl(secret);
  return [
    secret,
    json,
    // Python's json.dumps.
    json.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
    // PyYAML in double quotes.
    json.replace(/[^\x20-\x7e]/gu, escapeYaml),
    secret.replaceAll('\\', '\\\\').replaceAll("'", "\\'"),
    secret.replaceAll("'", "''"),
    escapeHtml(secret),
    url,
    url.replaceAll('%20', '+'),
    url.toLowerCase(),
  ];
}

/** A secret in base64 and hexadecimal digits. */
function byteForms(secret: string): string[] {
  // Room for the bytes of another text before it.
  const bytes = Buffer.from(`\0\0${secret}`);
  const hex = bytes.toString('hex', 2);
  return [...base64Forms(bytes), hex, hex.toUpperCase()];
}

function escapeYaml(character: string): string {
  const digits = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  if (digits.length <= 2) return `\\x${digits.padStart(2, '0')}`;
  return digits.length <= 4 ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}

// Python's html.escape, which pystache uses.
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#x27;');
}

function encodeUrl(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

// In a longer text that is encoded, a secret begins at one of three places of a group of three bytes. The digits at the
// edges depend on what is beside the secret.
function base64Forms(shifted: Buffer): string[] {
  const length = shifted.length - 2;
  if (length < MIN_PART) return [];
  return [0, 1, 2].flatMap((shift) => {
    const rest = (shift + length) % 3;
    const digits = shifted.toString('base64url', 2 - shift);
    const inner = digits.slice(shift === 0 ? 0 : shift + 1, rest === 0 ? undefined : -1);
    return [inner, inner.replaceAll('-', '+').replaceAll('_', '/')];
  });
}

function* findShort(text: string, secrets: ReadonlySet<string>): Generator<Interval> {
  if (secrets.size === 0) return;
  for (let start = 0; start < text.length; start += 1) {
    if (start > 0 && isWordCharacter(text, start - 1) && isWordCharacter(text, start)) continue;
    for (let length = 1; length < MIN_PART; length += 1) {
      const end = start + length;
      if (end > text.length || !secrets.has(text.slice(start, end))) continue;
      if (isWordCharacter(text, end - 1) && isWordCharacter(text, end)) continue;
      if (length >= MIN_WORD || isValue(text, start)) yield [start, end];
    }
  }
}

// After `NAME: `, `NAME=` and the like.
function isValue(text: string, start: number): boolean {
  return /[:=] ?['"]?$/.test(text.slice(Math.max(0, start - 3), start));
}

function isWordCharacter(text: string, index: number): boolean {
  return /^[\p{L}\p{N}_]$/u.test(text.charAt(index));
}

function merge(intervals: readonly Interval[]): Interval[] {
  const merged: [number, number][] = [];
  for (const [start, end] of [...intervals].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

function mask(text: string, intervals: readonly Interval[]): string {
  const pieces: string[] = [];
  let position = 0;
  for (const [start, end] of intervals) {
    pieces.push(text.slice(position, start), MASK);
    position = end;
  }
  return pieces.join('') + text.slice(position);
}
