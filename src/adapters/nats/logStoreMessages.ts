import { headers, type MsgHdrs } from 'nats';
import type { LogLine, LogProgress } from '../../ports/logStore.ts';
import { logStreamCodes } from '../shared/logStreamCodes.ts';

/** What the header of a message says of it, so that nobody has to read the lines to find a place in a log. */
export type LogMessageNotes = Readonly<{
  /** The number of its first line; one more than `progress.lastSequence` where it has none. */
  first: number;
  /** How far the log reaches with it. */
  progress: LogProgress;
  /** Where the job's first message is; 0 in that message itself. */
  origin: number;
  /** Where the payload begins, when it is too long for one message. */
  parts: readonly number[];
}>;

/** A batch of a job's lines, as the stream keeps it. Places are the stream's own sequence numbers, from 1. */
export type LogMessage = LogMessageNotes &
  Readonly<{
    place: number;
    /** Where the job's message before it was; 0 where there was none. */
    previous: number;
    payload: Uint8Array;
  }>;

const notesHeader = 'Oneoff-Log';
const previousHeader = 'Nats-Expected-Last-Subject-Sequence';

/** The header of a message. Whoever publishes it adds the place that it follows, which the server checks and keeps with it. */
export function logMessageHeader(notes: LogMessageNotes): MsgHdrs {
  const header = headers();
  header.set(notesHeader, JSON.stringify(notes));
  return header;
}

/** Reads a message back. Throws where it is none that `logMessageHeader` made. */
export function parseLogMessage(place: number, header: MsgHdrs | undefined, payload: Uint8Array): LogMessage {
  const notes: unknown = parsed(header?.get(notesHeader) ?? '');
  const previous = Number(header?.get(previousHeader) || Number.NaN);
  if (!isNotes(notes) || !Number.isSafeInteger(previous)) {
    const got = header?.toString() ?? 'no header';
    throw new Error(`message ${place}: got ${JSON.stringify(got)}; wanted the header of a job's lines`);
  }
  const { first, progress, origin, parts } = notes;
  return { place, previous, first, progress, origin, parts, payload };
}

/** Time in milliseconds, stream, text, and where they differ from it the bytes. The numbers of the lines follow from the first. */
type Row = readonly [atMs: number, stream: number, text: string, rawBase64?: string];

/** The payload: a JSON array with a short array for each line. */
export function encodeLines(lines: readonly LogLine[]): Uint8Array {
  let lastAt = '';
  let lastMs = Number.NaN;
  const rows = lines.map(({ at, stream, text, rawBase64 }): Row => {
    if (at !== lastAt) {
      lastAt = at;
      lastMs = Date.parse(at);
      if (Number.isNaN(lastMs)) throw new Error(`a line's time: got ${JSON.stringify(at)}; wanted ISO-8601`);
    }
    const code = logStreamCodes.indexOf(stream);
    return rawBase64 === null ? [lastMs, code, text] : [lastMs, code, text, rawBase64];
  });
  return Buffer.from(JSON.stringify(rows));
}

/** The lines of a payload, whose first has the number `first`. Throws where it is none that `encodeLines` made. */
export function decodeLines(payload: Uint8Array, first: number): LogLine[] {
  const { buffer, byteOffset, byteLength } = payload;
  const rows: unknown = parsed(Buffer.from(buffer, byteOffset, byteLength).toString('utf8'));
  if (!Array.isArray(rows)) throw new Error(`lines from ${first}: wanted a JSON array of lines`);
  let lastMs = Number.NaN;
  let lastAt = '';
  return rows.map((row: unknown, index): LogLine => {
    if (!isRow(row)) throw new Error(`line ${first + index}: got ${JSON.stringify(row)}; wanted a line`);
    const [atMs, code, text, rawBase64 = null] = row;
    // Lines that were read together share their instant; writing each anew would cost more than the rest of the line.
    if (atMs !== lastMs) {
      lastMs = atMs;
      lastAt = new Date(atMs).toISOString();
    }
    return { sequence: first + index, at: lastAt, stream: logStreamCodes[code] ?? 'system', text, rawBase64 };
  });
}

/** The progress that a log ended with. Throws where it is none. */
export function parseLogProgress(payload: Uint8Array): LogProgress {
  const progress: unknown = parsed(Buffer.from(payload).toString('utf8'));
  if (!isProgress(progress)) throw new Error(`got ${JSON.stringify(progress)}; wanted how far a log reaches`);
  return progress;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isNotes(value: unknown): value is LogMessageNotes {
  const { first, origin, parts, progress } = (value ?? {}) as Record<keyof LogMessageNotes, unknown>;
  return (
    isCount(first) && isCount(origin) && Array.isArray(parts) && parts.every(isCount) && isProgress(progress)
  );
}

function isProgress(value: unknown): value is LogProgress {
  const progress = (value ?? {}) as Record<keyof LogProgress, unknown>;
  const { lastSequence, stdoutBytes, stderrBytes, keptBytes, capped, complete } = progress;
  return (
    [lastSequence, stdoutBytes, stderrBytes, keptBytes].every(isCount) &&
    typeof capped === 'boolean' &&
    typeof complete === 'boolean'
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isRow(row: unknown): row is Row {
  if (!Array.isArray(row)) return false;
  const [atMs, stream, text, rawBase64] = row as unknown[];
  return (
    Number.isSafeInteger(atMs) &&
    typeof stream === 'number' &&
    logStreamCodes[stream] !== undefined &&
    typeof text === 'string' &&
    (rawBase64 === undefined || typeof rawBase64 === 'string')
  );
}
