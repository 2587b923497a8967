import { constants, crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { cancelRequest, type JobRecord, jobSubmission, logSummary } from '../model/job.js';
import { fromLines, linesOf, progressOf } from './job-lines.js';
import { SucceededJob } from './succeeded-job.js';

/** The formats of a finished job's record, by their first byte. Other numbers belong to later versions; 2 was never released. */
const FORMATS = { whole: 1, inLines: 3 } as const;

/**
 * The preset dictionaries of zlib: what records have in common. Changing one makes stored records unreadable, so a new dictionary needs a
 * new format.
 */
const DICTIONARY_OF_WHOLE = Buffer.from(
  '"error":{"code":"stack_failed","detail":"The stack ","data":{"resource":"","reason":""}},"result":{"summary":"","cancelled"' +
    ':{"steps_done":[],"current_state":{"stack":{"name":"","status":"CREATE_COMPLETE"}}},"traffic":{"weights_before":{},' +
    '"weights_after":{}},"failed":{"state_at_failure":"cancel":{"requested_at":"","requested_by":"","delete_stack":false},' +
    '"kind":"patch_stack","kind":"delete_stack","kind":"create_stack","name":"clean_up","name":"find","name":"delete",' +
    '"status":"skipped","status":"failed","status":"cancelled","source":{"commit":"","url":"https://github.com/","actor":"",' +
    '"message":""},"region":"eu-west-1","dry_run":false,"requested_by":"","request_id":"","retry_of":null,"owns":[],' +
    '"log":{"lines":0,"sha256":""},"seq":1,"attempt":1,"cancel":null,"progress":{"status":"succeeded","started_at":"2026-' +
    '","finished_at":"2026-","waiting_for":null,"result":{},"error":null,"steps":[{"name":"validate","status":"succeeded",' +
    '"started_at":"2026-","finished_at":"2026-","message":"","journal":[],"deferrals":0,"unknown_observations":0,"data":{}},' +
    '{"name":"create","status":"succeeded","started_at":"2026-","finished_at":"2026-","message":null,"journal":[{"started_at":' +
    '"2026-","ended_at":"2026-","succeeded":true}],"deferrals":0,"unknown_observations":0,"data":{}},{"name":"wait",' +
    '"status":"succeeded"},{"name":"traffic"}]},"submission":{"schema":1,"kind":"deploy","stack_name":"","stack_version":"',
);
const DICTIONARY_OF_LINES = Buffer.from(
  '"error":{"code":"stack_failed","detail":"The stack ","data":{"resource":"","reason":""}}}"cancelled":{"steps_done":[],' +
    '"current_state":{"stack":{"name":"","status":"CREATE_COMPLETE"}}},"failed":{"state_at_failure":{"stack":{"name":"' +
    '"cancel":{"requested_at":"","requested_by":"","delete_stack":false},"kind":"patch_stack","kind":"delete_stack",' +
    '"name":"clean_up","name":"find","name":"delete","status":"skipped","status":"failed","status":"cancelled",' +
    '"weights_before":{},"weights_after":{},"domains":[{"domain":"","wanted":100,"changed":true}}\n{"schema":1,"owns":[],' +
    '"secret_parameters":[],"seq":1,"cancel":null,"log":{"lines":0,"sha256":""},"waited_minutes":0,"error":null,"ran":["create","traffic"]}\n[{"journal":[],' +
    '"deferrals":0,"unknown_observations":0,"data":{}},{"journal":[{"started_at":"2026-","ended_at":"2026-","succeeded":true}],' +
    '"deferrals":0,"unknown_observations":0,"data":{}}]\n{"create":{"stack":"","stack_id":"arn:aws:cloudformation:eu-west-1:"},' +
    '"wait":{"status":"CREATE_COMPLETE"},"traffic":{"weights_before":{},"weights_after":{},"domains":[{"domain":"' +
    '{"id":"","kind":"deploy","status":"succeeded","stack_name":"","stack_version":"","region":"eu-west-1","dry_run":false,' +
    '"requested_by":"","request_id":"","created_at":"2026-","started_at":"2026-","finished_at":"2026-","duration_ms":1000,' +
    '"expected_finish_at":null,"expected_from_jobs":0,"deadline_at":null,"attempt":1,"worker":"","retry_of":null,"request":null,' +
    '"source":{"commit":"","url":"https://github.com/","actor":"","message":""},"cancel_requested":false,' +
    '"cancel_requested_by":null,"waiting_for":null}\n[{"name":"validate","status":"succeeded","started_at":"2026-' +
    '","finished_at":"2026-","duration_ms":1000,"message":"","name":"create","name":"wait","name":"traffic","status":"succeeded"' +
    ',"started_at":"2026-',
);

/** Begins each record that is decompressed with others: no JSON contains it. */
const SEPARATOR = 0;
/** The end of what is flushed (zlib, `Z_SYNC_FLUSH`): not stored, the same for all. */
const FLUSHED = Buffer.from([0x00, 0x00, 0xff, 0xff]);
/** An uncompressed block (RFC 1951, section 3.2.4) with the dictionary of the compressed record that follows. */
const START = uncompressedBlock(Buffer.concat([Buffer.from([SEPARATOR]), DICTIONARY_OF_LINES]));
/** How long most records are, with the dictionary, in bytes. */
const RECORD_BYTES = 5 * 1024;
/**
 * The input buffer for decompressing the records of a page, reused by all pages. With a new buffer for each page, V8 would collect the whole heap
 * half again as often.
 */
const INPUT = Buffer.allocUnsafeSlow(256 * 1024);
/** Bytes of the format and of the checksum. */
const HEADER = { checksumAt: 1, bytes: 5 };

const storedRecord = z.object({
  submission: jobSubmission,
  progress: z.unknown(),
  seq: z.number().int(),
  attempt: z.number().int(),
  worker: z.string().nullable().default(null),
  cancel: cancelRequest.nullable(),
  log: logSummary.nullable(),
});

/** The compact form of a finished job's record: compressed JSON. That of `linesOf` follows its CRC-32. */
export function packJob(record: JobRecord): Buffer {
  const lines = linesOf(record);
  if (lines === null) return packWhole(record);
  const options = { dictionary: DICTIONARY_OF_LINES, level: 9, finishFlush: constants.Z_SYNC_FLUSH };
  const compressed = deflateRawSync(lines, options).subarray(0, -FLUSHED.length);
  const header = Buffer.from([FORMATS.inLines, 0, 0, 0, 0]);
  header.writeUInt32BE(crc32(compressed), HEADER.checksumAt);
  return Buffer.concat([header, compressed]);
}

function uncompressedBlock(content: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt16LE(content.length, 1);
  header.writeUInt16LE(content.length ^ 0xffff, 3);
  return Buffer.concat([header, content]);
}

function packWhole({ submission, progress, seq, attempt, worker, cancel, log }: JobRecord): Buffer {
  const json = JSON.stringify({ submission, progress, seq, attempt, worker, cancel, log });
  const compressed = deflateRawSync(json, { dictionary: DICTIONARY_OF_WHOLE, level: 9 });
  return Buffer.concat([Buffer.from([FORMATS.whole]), compressed]);
}

/** Reads the compact form; the steps and the result are parsed when they are used. @throws Error */
export function unpackJob(packed: Buffer): JobRecord {
  switch (packed[0]) {
    case FORMATS.whole: {
      const json = inflateRawSync(packed.subarray(1), { dictionary: DICTIONARY_OF_WHOLE }).toString('utf8');
      const { submission, progress, ...rest } = storedRecord.parse(JSON.parse(json));
      return { ...rest, submission, progress: progressOf(submission.schema, progress) };
    }
    case FORMATS.inLines: {
      if (!isIntact(packed)) throw new TypeError('the checksum of the stored form of a job is another one');
      return fromLines(decompressed([packed]).join(''));
    }
    default:
      throw new TypeError(`the stored form ${packed[0] ?? 'of nothing'} of a job is not known here`);
  }
}

/**
 * Returns what reads one of these forms as `unpackJob` does. They are decompressed together: each decompression makes an object with 40 KB
 * of memory, which the garbage collector drops late.
 */
export function unpackingTogether(packed: readonly Buffer[]): (packed: Buffer) => JobRecord {
  const intact = packed.filter((each) => each[0] === FORMATS.inLines && isIntact(each));
  const texts = new Map<Buffer, Buffer>();
  try {
    for (const [index, text] of decompressed(intact).entries()) texts.set(intact[index] ?? START, text);
  } catch {
    // One of them is no record: each is read alone.
    texts.clear();
  }
  return (each) => {
    const text = texts.get(each);
    if (text === undefined) return unpackJob(each);
    return SucceededJob.of(text) ?? fromLines(text.toString('utf8'));
  };
}

function isIntact(packed: Buffer): boolean {
  return (
    packed.length > HEADER.bytes && packed.readUInt32BE(HEADER.checksumAt) === crc32(packed.subarray(HEADER.bytes))
  );
}

/** The texts of records in lines, parts of the same memory. @throws Error when one of them cannot be decompressed */
function decompressed(packed: readonly Buffer[]): Buffer[] {
  if (packed.length === 0) return [];
  const options = { finishFlush: constants.Z_SYNC_FLUSH, chunkSize: packed.length * RECORD_BYTES };
  const bytes = inflateRawSync(joined(packed), options);
  const texts: Buffer[] = [];
  for (let start = bytes.indexOf(SEPARATOR); start !== -1;) {
    const first = start + 1 + DICTIONARY_OF_LINES.length;
    const end = bytes.indexOf(SEPARATOR, first);
    texts.push(bytes.subarray(first, end === -1 ? bytes.length : end));
    start = end;
  }
  if (texts.length !== packed.length) throw new TypeError('the stored form of a job contains a separator');
  return texts;
}

/** Records in lines, each after the dictionary, as one input of the decompression; valid until the next call. */
function joined(packed: readonly Buffer[]): Buffer {
  const length = packed.reduce((sum, each) => sum + START.length + each.length - HEADER.bytes + FLUSHED.length, 0);
  const input = length <= INPUT.length ? INPUT : Buffer.allocUnsafe(length);
  let end = 0;
  for (const each of packed) {
    end += START.copy(input, end);
    end += each.copy(input, end, HEADER.bytes);
    end += FLUSHED.copy(input, end);
  }
  return input.subarray(0, end);
}
