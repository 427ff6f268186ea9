import type { DatabaseSync } from 'node:sqlite';
import { categoryOf, type StreamName } from '../../domain/events.ts';
import {
  type AppendResult,
  AppendTooLargeError,
  type ExpectedRevision,
  maxAppendBytes,
  type NewEvent,
} from '../../ports/eventStore.ts';
import { toPosition } from './eventStorePosition.ts';

/** `recordedMs` is null for an event that is recorded now. */
export type EncodedEvent = Readonly<{
  id: string;
  type: string;
  metadata: string;
  data: string;
  recordedMs: number | null;
}>;

/** An append as it waits for its transaction: what it holds cannot change any more. */
export type EncodedAppend = Readonly<{
  stream: StreamName;
  category: string;
  events: readonly EncodedEvent[];
  expected: ExpectedRevision;
}>;

/** The stream is not where the append expected it, but at `actual`. */
export type Refusal = Readonly<{ actual: number | 'noStream' }>;

/** Writes one append inside the transaction that runs, or answers why not, which concerns no other append. */
export type WriteAppend = (append: EncodedAppend, recordedMs: number) => AppendResult | Refusal;

/** Throws `AppendTooLargeError`; a `TypeError` for data that JSON cannot hold; a `RangeError` for what is no instant. */
export function encodeAppend(
  stream: StreamName,
  newEvents: readonly NewEvent[],
  expected: ExpectedRevision,
): EncodedAppend {
  let bytes = 0;
  const events = newEvents.map(({ id, type, data, metadata, recordedAt }): EncodedEvent => {
    const recordedMs = recordedAt === undefined ? null : toMs(recordedAt);
    const encoded = { id, type, metadata: toJson(metadata), data: toJson(data), recordedMs };
    bytes += Buffer.byteLength(encoded.data) + Buffer.byteLength(encoded.metadata);
    return encoded;
  });
  if (bytes > maxAppendBytes) {
    throw new AppendTooLargeError(
      `${stream}: an append of ${bytes} bytes; the most is ${maxAppendBytes} bytes`,
    );
  }
  return { stream, category: categoryOf(stream), events, expected };
}

function toJson(value: unknown): string {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new TypeError(`An event's data is JSON, not ${typeof value}`);
  return json;
}

function toMs(instant: string): number {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms))
    throw new RangeError(`An event is recorded at an instant, not ${JSON.stringify(instant)}`);
  return ms;
}

/**
 * The rules of the expected revision, as EventStoreDB has them: an append that expects an earlier revision than there is, or any, is a
 * repeat if the very events are there already, from the place on where it would have put them; else it is refused.
 */
export function createWriteAppend(database: DatabaseSync): WriteAppend {
  const selectLast = database.prepare(
    'SELECT revision, sequence FROM events WHERE stream = ? ORDER BY revision DESC LIMIT 1',
  );
  const selectById = database.prepare('SELECT revision FROM events WHERE stream = ? AND id = ? LIMIT 1');
  const selectIds = database.prepare(
    'SELECT id, sequence FROM events WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?',
  );
  const insert = database.prepare(
    `INSERT INTO events (stream, revision, category, type, id, recorded_ms, metadata, data)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );

  function write(append: EncodedAppend, lastRevision: number, recordedMs: number): AppendResult {
    const { stream, category, events } = append;
    let revision = lastRevision;
    let sequence = 0;
    for (const { id, type, metadata, data, recordedMs: earlierMs } of events) {
      revision += 1;
      const ms = earlierMs ?? recordedMs;
      sequence = Number(insert.run(stream, revision, category, type, id, ms, metadata, data).lastInsertRowid);
    }
    return { revision, position: toPosition(sequence) };
  }

  /** The first answer again, if the append's events are those from `revision` on. */
  function repeated({ stream, events }: EncodedAppend, revision: number): AppendResult | undefined {
    const found = selectIds.all(stream, revision, events.length);
    if (found.length < events.length || found.some(({ id }, index) => id !== events[index]?.id))
      return undefined;
    return { revision: revision + events.length - 1, position: toPosition(Number(found.at(-1)?.sequence)) };
  }

  /** Where the append's first event would be if it were there already; undefined where the append is new. */
  function earlierPlace({ stream, events, expected }: EncodedAppend, last: number): number | undefined {
    if (expected !== 'any') return asNumber(expected) === last ? undefined : asNumber(expected) + 1;
    const found = last < 0 ? undefined : selectById.get(stream, events[0]?.id ?? '');
    return found && Number(found.revision);
  }

  return (append, recordedMs) => {
    const lastRow = selectLast.get(append.stream);
    const last = lastRow ? Number(lastRow.revision) : -1;
    if (append.events.length === 0)
      return { revision: last, position: toPosition(Number(lastRow?.sequence ?? 0)) };
    const place = earlierPlace(append, last);
    if (place === undefined) return write(append, last, recordedMs);
    return repeated(append, place) ?? { actual: last < 0 ? 'noStream' : last };
  };
}

/** Answers the sequence number of the log's last event, 0 where there is none. */
export function createReadLast(database: DatabaseSync): () => number {
  const select = database.prepare('SELECT max(sequence) AS last FROM events');
  return () => Number(select.get()?.last ?? 0);
}

function asNumber(expected: Exclude<ExpectedRevision, 'any'>): number {
  return expected === 'noStream' ? -1 : expected;
}
