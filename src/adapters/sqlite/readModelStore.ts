import { type Position, startPosition } from '../../domain/events.ts';
import type { ReadModelStore } from '../../ports/readModelStore.ts';
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
 * are made again from the events. Where no row has changed, as after half of the batches, nothing is written: the position is kept
 * with the next. Throws `ReadModelStoreUnavailableError` where the file cannot be opened.
 */
export function createSqliteReadModelStore(options: SqliteReadModelStoreOptions): ReadModelStore {
  const database = translated('open', () => openReadModelFile(options));
  const tables = new Map(
    options.tables.map((table) => [table.name, createReadModelTable(database, table, options.cachedRows)]),
  );
  const readPosition = database.prepare('SELECT position FROM read_model_state');
  const writePosition = database.prepare('UPDATE read_model_state SET position = ?');
  let position = readPosition.get()?.position as Position;

  const table = (name: string): ReadModelTable => {
    const found = tables.get(name);
    if (found === undefined) throw new Error(`${name}: no read model has such a table`);
    return found;
  };
  const forget = () => {
    for (const one of tables.values()) one.forget();
  };

  const startEmpty = () => {
    for (const one of tables.values()) one.startEmpty();
  };
  if (position === startPosition) startEmpty();

  return {
    position: () => position,
    read: (name, key) => translated('read', () => table(name).read(key)),
    change: (change) => table(change.table).change(change),
    keep: (reached) => {
      const changed = [...tables.values()].filter((one) => one.isChanged());
      if (changed.length > 0) {
        try {
          translated('write', () =>
            inTransaction(database, () => {
              for (const one of changed) one.write();
              writePosition.run(reached);
            }),
          );
        } catch (error) {
          forget();
          throw error;
        }
        for (const one of changed) one.kept();
      }
      position = reached;
    },
    forget,
    reset: () => {
      translated('reset', () =>
        inTransaction(database, () => {
          recreateTables(database, options.tables);
          writePosition.run(startPosition);
        }),
      );
      forget();
      startEmpty();
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
