import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { JobId } from '../../domain/ids.ts';
import { type LogLine, type LogProgress, noLogProgress } from '../../ports/logStore.ts';
import { logStreamCodes } from '../shared/logStreamCodes.ts';

/** A job's row: its progress, and the small number that its lines carry instead of its id. */
export type JobLog = Readonly<{ number: number; progress: LogProgress }>;

/** Makes the tables where they are absent. Lines lie in the order they are read in, without a second tree for their keys. */
export function createLogTables(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS job_log (
      number INTEGER PRIMARY KEY,
      job_id TEXT NOT NULL UNIQUE,
      last_sequence INTEGER NOT NULL DEFAULT 0,
      stdout_bytes INTEGER NOT NULL DEFAULT 0,
      stderr_bytes INTEGER NOT NULL DEFAULT 0,
      kept_bytes INTEGER NOT NULL DEFAULT 0,
      capped INTEGER NOT NULL DEFAULT 0,
      complete INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE IF NOT EXISTS log_line (
      job INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      at_ms INTEGER NOT NULL,
      stream INTEGER NOT NULL,
      text TEXT NOT NULL,
      raw BLOB,
      PRIMARY KEY (job, sequence)
    ) STRICT, WITHOUT ROWID;
  `);
}

/** Finds a job's row; undefined for a job that has no log yet. */
export function jobLogReader(database: DatabaseSync): (jobId: JobId) => JobLog | undefined {
  const select = database.prepare('SELECT * FROM job_log WHERE job_id = ?');
  return (jobId) => {
    const row = select.get(jobId);
    if (row === undefined) return undefined;
    const progress: LogProgress = {
      lastSequence: Number(row.last_sequence),
      stdoutBytes: Number(row.stdout_bytes),
      stderrBytes: Number(row.stderr_bytes),
      keptBytes: Number(row.kept_bytes),
      capped: row.capped === 1,
      complete: row.complete === 1,
    };
    return { number: Number(row.number), progress };
  };
}

/** Makes the row of a job that has none. */
export function jobLogMaker(database: DatabaseSync): (jobId: JobId) => JobLog {
  const insert = database.prepare('INSERT INTO job_log (job_id) VALUES (?)');
  return (jobId) => ({ number: Number(insert.run(jobId).lastInsertRowid), progress: noLogProgress });
}

/** Moves a job's progress. It never goes back, so an old append that is repeated late does no harm. */
export function progressWriter(database: DatabaseSync): (number: number, progress: LogProgress) => void {
  const update = database.prepare(`
    UPDATE job_log SET last_sequence = max(last_sequence, ?), stdout_bytes = max(stdout_bytes, ?),
      stderr_bytes = max(stderr_bytes, ?), kept_bytes = max(kept_bytes, ?), capped = max(capped, ?), complete = max(complete, ?)
    WHERE number = ?`);
  return (number, { lastSequence, stdoutBytes, stderrBytes, keptBytes, capped, complete }) => {
    update.run(lastSequence, stdoutBytes, stderrBytes, keptBytes, Number(capped), Number(complete), number);
  };
}

/** Measured: twice as fast as a statement for each line; more of them at once gain nothing. */
const linesPerInsert = 32;

/** Writes lines that are not there yet. */
export function lineWriter(database: DatabaseSync): (number: number, lines: readonly LogLine[]) => void {
  const insertMany = prepareInsert(database, linesPerInsert);
  const insertOne = prepareInsert(database, 1);
  const instants = createInstantReader();
  const cells = (number: number, { sequence, at, stream, text, rawBase64 }: LogLine) => [
    number,
    sequence,
    instants(at),
    logStreamCodes.indexOf(stream),
    text,
    rawBase64 === null ? null : Buffer.from(rawBase64, 'base64'),
  ];
  return (number, lines) => {
    let next = 0;
    for (; next + linesPerInsert <= lines.length; next += linesPerInsert) {
      insertMany.run(...lines.slice(next, next + linesPerInsert).flatMap((line) => cells(number, line)));
    }
    for (const line of lines.slice(next)) insertOne.run(...cells(number, line));
  };
}

function prepareInsert(database: DatabaseSync, rows: number): StatementSync {
  const values = Array(rows).fill('(?, ?, ?, ?, ?, ?)').join(', ');
  return database.prepare(`INSERT INTO log_line (job, sequence, at_ms, stream, text, raw) VALUES ${values}`);
}

/** The columns of `log_line` that `readLine` reads, in its order. */
export const lineColumns = 'sequence, at_ms, stream, text, raw';

/** Turns rows of `lineColumns`, as arrays, into lines. */
export function createLineReader(): (row: readonly SQLOutputValue[]) => LogLine {
  let lastMs = Number.NaN;
  let lastIso = '';
  return ([sequence, atMs, stream, text, raw]) => {
    // Lines that were read together share their instant; writing each anew would cost more than the rest of the row.
    if (atMs !== lastMs) {
      lastMs = Number(atMs);
      lastIso = new Date(lastMs).toISOString();
    }
    return {
      sequence: Number(sequence),
      at: lastIso,
      stream: logStreamCodes[Number(stream)] ?? 'system',
      text: String(text),
      rawBase64:
        raw instanceof Uint8Array
          ? Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('base64')
          : null,
    };
  };
}

function createInstantReader(): (iso: string) => number {
  let lastIso = '';
  let lastMs = Number.NaN;
  return (iso) => {
    if (iso !== lastIso) {
      lastMs = Date.parse(iso);
      lastIso = iso;
    }
    return lastMs;
  };
}
