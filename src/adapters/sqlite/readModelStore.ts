import { type Position, startPosition } from '../../domain/events.ts';
import type { Change, ReadModelStore, RowReader } from '../../ports/readModelStore.ts';
import { openReadModelFile, type ReadModelFileOptions } from './readModelFile.ts';
import { missingIndex, recreateTables } from './readModelSchema.ts';
import { createReadModelTable, type ReadModelTable } from './readModelTable.ts';
import { inTransaction, translated } from './readModelWrites.ts';

export type SqliteReadModelStoreOptions = ReadModelFileOptions &
  Readonly<{
    /** How many rows of each table stay decoded in memory between batches. */
    cachedRows: number;
  }>;

/**
 * Rows in a SQLite file. `synchronous = NORMAL`: a power cut may take the last batches back, rows and position together, and they
 * are made again from the events. A batch that changes no row, as half of them do, writes nothing: its position is kept with the next. Throws `ReadModelStoreUnavailableError` where the file cannot be opened.
 */
export function createSqliteReadModelStore(options: SqliteReadModelStoreOptions): ReadModelStore {
  const database = translated('open', () => openReadModelFile(options));
  const tables = new Map(
    options.tables.map((table) => [table.name, createReadModelTable(database, table, options.cachedRows)]),
  );
  const readPosition = database.prepare('SELECT position FROM read_model_state');
  const writePosition = database.prepare('UPDATE read_model_state SET position = ?');
  let position = readPosition.get()?.position as Position;

  return {
    position: () => position,
    apply: (reached, work) => {
      const { read, change } = rowAccess(tables);
      try {
        translated('write', () =>
          inTransaction(database, () => {
            work(read, change);
            let written = 0;
            for (const table of tables.values()) written += table.flush();
            if (written > 0) writePosition.run(reached);
            return written > 0;
          }),
        );
      } catch (error) {
        for (const table of tables.values()) table.rolledBack();
        throw error;
      }
      for (const table of tables.values()) table.committed();
      position = reached;
    },
    reset: () => {
      translated('reset', () =>
        inTransaction(database, () => {
          recreateTables(database, options.tables);
          writePosition.run(startPosition);
        }),
      );
      for (const table of tables.values()) table.forget();
      position = startPosition;
    },
    buildNextIndex: () => {
      const statement = missingIndex(database, options.tables);
      if (statement !== undefined) translated('index', () => database.exec(statement));
      return statement !== undefined;
    },
    close: () => {
      try {
        translated('write', () => writePosition.run(position));
      } finally {
        database.close();
      }
    },
  };
}

function rowAccess(tables: ReadonlyMap<string, ReadModelTable>) {
  const table = (name: string): ReadModelTable => {
    const found = tables.get(name);
    if (found === undefined) throw new Error(`${name}: no read model has such a table`);
    return found;
  };
  const read: RowReader = (name, key) => table(name).read(key);
  const change = (asked: Change) => table(asked.table).change(asked);
  return { read, change };
}
