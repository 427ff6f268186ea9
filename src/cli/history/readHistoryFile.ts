import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { HistoryFileError } from './historyErrors.ts';
import {
  countRecord,
  type HistoryRecord,
  historyRecordSchema,
  historyVersion,
  recordKinds,
} from './historyRecord.ts';

/** A log's longest line is 16 MiB, and JSON may write a byte of it as six characters. */
const maxRecordBytes = 256 * 1024 * 1024;

/**
 * The records of the file in their order, one in memory at a time. The end comes only where the file is whole: the counts and the hash in it
 * are those of what came before. Throws `HistoryFileError`, which names the line at fault, and what the file system throws.
 */
export async function* readHistoryFile(path: string): AsyncGenerator<HistoryRecord, void, void> {
  const hash = createHash('sha256');
  const counts = { events: 0, logs: 0, lines: 0 };
  let before: HistoryRecord['kind'] | undefined;
  let number = 0;
  for await (const line of linesOf(path)) {
    number += 1;
    const record = parseLine(line, `${path}, line ${number}`);
    assertOrder(record, before, `${path}, line ${number}`);
    if (record.kind === 'end') assertWhole(record, { ...counts, sha256: hash.digest('hex') }, path);
    else hash.update(line);
    countRecord(record, counts);
    before = record.kind;
    yield record;
  }
  if (before !== 'end') throw cutShort(path, number);
}

/** Each line with its end. Only a line feed ends one: the text of logs may hold what else Unicode calls so. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(path)) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      yield Buffer.concat([...begun, chunk.subarray(start, end + 1)]);
      start = end + 1;
      begun = [];
      bytes = 0;
    }
    begun.push(chunk.subarray(start));
    bytes += chunk.length - start;
    if (bytes > maxRecordBytes)
      throw new HistoryFileError(`${path} is no history: a line of it has more than ${maxRecordBytes} bytes`);
  }
  if (bytes > 0)
    throw new HistoryFileError(`${path} is no history, or is cut short: its last line has no end`);
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  try {
    yield* opened(path);
  } catch (error) {
    const isUnpacking = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
    if (!isUnpacking) throw error;
    throw new HistoryFileError(`${path} is cut short, or is not packed with gzip: ${error.message}`, {
      cause: error,
    });
  }
}

function opened(path: string): Readable {
  const file = createReadStream(path);
  // What fails is told to the reader of the last stream.
  return path.endsWith('.gz') ? pipeline(file, createGunzip(), () => undefined) : file;
}

function parseLine(line: Buffer, place: string): HistoryRecord {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch (error) {
    throw new HistoryFileError(`${place}: it is no JSON. The file is no history, or is cut short`, {
      cause: error,
    });
  }
  const parsed = historyRecordSchema.safeParse(value);
  if (!parsed.success)
    throw new HistoryFileError(`${place}: it is no record of a history: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function assertOrder(record: HistoryRecord, before: HistoryRecord['kind'] | undefined, place: string): void {
  if (before === undefined) {
    if (record.kind !== 'header')
      throw new HistoryFileError(
        `${place}: a history begins with its header, not with a record "${record.kind}"`,
      );
    if (record.version !== historyVersion)
      throw new HistoryFileError(
        `${place}: the history has format ${record.version}, written by oneoff ${record.oneoff}; this program knows ${historyVersion}`,
      );
    return;
  }
  const isNext = recordKinds.indexOf(record.kind) >= Math.max(1, recordKinds.indexOf(before));
  if (!isNext || before === 'end')
    throw new HistoryFileError(`${place}: a record "${record.kind}" cannot come after "${before}"`);
}

type Whole = Omit<Extract<HistoryRecord, { kind: 'end' }>, 'kind'>;

function assertWhole(end: Whole, found: Whole, path: string): void {
  for (const name of ['events', 'logs', 'lines', 'sha256'] as const) {
    if (end[name] !== found[name])
      throw new HistoryFileError(
        `${path} was changed after it was written: ${name} ${found[name]}, where its end says ${end[name]}`,
      );
  }
}

function cutShort(path: string, lines: number): HistoryFileError {
  return new HistoryFileError(
    `${path} is cut short: it ends after line ${lines}, without a record of its end`,
  );
}
