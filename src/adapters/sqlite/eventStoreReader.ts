import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StoredEvent, StreamName } from '../../domain/events.ts';
import type { EventFilter, ReadAllOptions, ReadStreamOptions } from '../../ports/eventStore.ts';
import { eventStoreClosed, eventStoreFailure } from './eventStoreFailure.ts';
import { toSequence } from './eventStorePosition.ts';
import { type EventRow, eventColumns, toStoredEvent } from './eventStoreRow.ts';
import type { StreamEnds } from './streamEnds.ts';

type Direction = 'forwards' | 'backwards';

/** Which rows of the log: those strictly between `above` and `below`, in the order of `direction`, at most `limit`. */
export type LogPage = Readonly<{
  above: number;
  below: number;
  direction: Direction;
  filter?: EventFilter | undefined;
  limit: number;
}>;

export type EventStoreReader = Readonly<{
  page(page: LogPage): readonly EventRow[];
  readStream(stream: StreamName, options?: ReadStreamOptions): AsyncIterable<StoredEvent>;
  readAll(options?: ReadAllOptions): AsyncIterable<StoredEvent>;
}>;

export type EventStoreReaderOptions = Readonly<{
  /** Rows that one statement fetches: between two of them, others have their turn. */
  readPageEvents: number;
  /** Sequence number of the last committed event. */
  lastSequence: () => number;
  ends: StreamEnds;
}>;

/** Reads in pages, so that no statement is open and no transaction runs while the caller thinks. */
export function createEventStoreReader(
  database: DatabaseSync,
  { readPageEvents, lastSequence, ends }: EventStoreReaderOptions,
): EventStoreReader {
  const statements = new Map<string, StatementSync>();

  function rows(sql: string, parameters: readonly (string | number)[]): readonly EventRow[] {
    if (!database.isOpen) throw eventStoreClosed();
    try {
      const statement = statements.get(sql) ?? database.prepare(sql);
      statements.set(sql, statement);
      return statement.all(...parameters) as unknown as readonly EventRow[];
    } catch (error) {
      throw eventStoreFailure(error, 'read');
    }
  }

  function page({ above, below, direction, filter, limit }: LogPage): readonly EventRow[] {
    const order = `ORDER BY sequence ${direction === 'forwards' ? 'ASC' : 'DESC'} LIMIT ?`;
    const span = 'sequence > ? AND sequence < ?';
    if (!filter) {
      return rows(`SELECT ${eventColumns} FROM events WHERE ${span} ${order}`, [above, below, limit]);
    }
    const [column, values] = wanted(filter);
    if (values.length === 0) return [];
    // One ordered walk of the index per value, merged: an IN list would sort all that match before the first row came.
    const walk = `SELECT ${eventColumns} FROM events WHERE ${column} = ? AND ${span}`;
    const walks = values.map(() => walk).join(' UNION ALL ');
    return rows(`${walks} ${order}`, [...values.flatMap((value) => [value, above, below]), limit]);
  }

  /** Yields what `fetch` answers, page after page, until one comes short or `maxCount` is reached. */
  async function* paged(
    maxCount: number,
    fetch: (limit: number, last: EventRow | undefined) => readonly EventRow[],
  ): AsyncGenerator<StoredEvent> {
    let last: EventRow | undefined;
    for (let left = maxCount; left > 0; left -= readPageEvents) {
      if (last) await nextTurn();
      const limit = Math.min(readPageEvents, left);
      const found = fetch(limit, last);
      for (const row of found) yield toStoredEvent(row);
      last = found.at(-1);
      if (found.length < limit) return;
    }
  }

  function readStream(stream: StreamName, options: ReadStreamOptions = {}): AsyncIterable<StoredEvent> {
    const { direction = 'forwards', maxCount = Number.POSITIVE_INFINITY } = options;
    const select = `SELECT ${eventColumns} FROM events WHERE stream = ? AND revision`;
    if (direction === 'forwards') {
      const sql = `${select} > ? ORDER BY revision LIMIT ?`;
      const above = (options.fromRevision ?? 0) - 1;
      const rowsAfter = (revision: number, limit: number) => {
        const end = ends.get(stream);
        if (end !== undefined && end <= revision) return [];
        const found = rows(sql, [stream, revision, limit]);
        const last = found.at(-1);
        if (last !== undefined && found.length < limit) ends.reached(stream, last.revision);
        return found;
      };
      return paged(maxCount, (limit, last) => rowsAfter(last?.revision ?? above, limit));
    }
    const sql = `${select} < ? ORDER BY revision DESC LIMIT ?`;
    const below = (options.fromRevision ?? Number.MAX_SAFE_INTEGER - 1) + 1;
    return paged(maxCount, (limit, last) => rows(sql, [stream, last?.revision ?? below, limit]));
  }

  /** Forwards it ends at what was the end when it began: otherwise a reader might chase busy writers for ever. */
  function readAll(options: ReadAllOptions = {}): AsyncIterable<StoredEvent> {
    const { direction = 'forwards', after, filter, maxCount = Number.POSITIVE_INFINITY } = options;
    const end = lastSequence() + 1;
    const start = after === undefined ? undefined : toSequence(after);
    return paged(maxCount, (limit, last) =>
      direction === 'forwards'
        ? page({ above: last?.sequence ?? start ?? 0, below: end, direction, filter, limit })
        : page({ above: 0, below: last?.sequence ?? start ?? end, direction, filter, limit }),
    );
  }

  return { page, readStream, readAll };
}

function wanted(filter: EventFilter): readonly [column: string, values: readonly string[]] {
  if ('categories' in filter) return ['category', [...new Set(filter.categories)]];
  return ['type', [...new Set(filter.types)]];
}
