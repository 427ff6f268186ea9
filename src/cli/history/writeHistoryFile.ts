import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { HistoryFileError } from './historyErrors.ts';
import {
  type CountingRecords,
  countRecord,
  type EndRecord,
  type HistoryCounts,
  type HistoryRecord,
} from './historyRecord.ts';

const chunkBytes = 64 * 1024;

/**
 * Writes `records`, the end excepted, which it adds, as a history file that only its owner can read; packed with gzip where the name ends in
 * `.gz`. The file is there under its name once it is whole and on the disk. At any time one chunk and one record are in memory. Throws
 * `HistoryFileError` where there is a file of that name, and what the file system and `records` throw.
 */
export async function writeHistoryFile(
  path: string,
  records: AsyncIterable<HistoryRecord>,
): Promise<HistoryCounts> {
  if (existsSync(path)) throw new HistoryFileError(`${path} is there already: give the name of a new file`);
  const unfinished = `${path}.partial`;
  const counts = { events: 0, logs: 0, lines: 0 };
  const file = createWriteStream(unfinished, { mode: 0o600, flush: true });
  const chunks = inChunks(asLines(records, counts));
  if (path.endsWith('.gz')) await pipeline(chunks, createGzip(), file);
  else await pipeline(chunks, file);
  await rename(unfinished, path);
  return counts;
}

async function* asLines(
  records: AsyncIterable<HistoryRecord>,
  counts: CountingRecords,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const record of records) {
    countRecord(record, counts);
    const line = encode(record);
    hash.update(line);
    yield line;
  }
  const end: EndRecord = { kind: 'end', ...counts, sha256: hash.digest('hex') };
  yield encode(end);
}

function encode(record: HistoryRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record)}\n`);
}

/** A write for each line would cost more than the line. */
async function* inChunks(lines: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const line of lines) {
    waiting.push(line);
    bytes += line.length;
    if (bytes < chunkBytes) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  yield Buffer.concat(waiting);
}
