import { rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { type Position, startPosition } from '../../domain/events.ts';
import {
  type Change,
  type ReadModelStore,
  ReadModelStoreUnavailableError,
  type RowReader,
  type TableDefinition,
} from '../../ports/readModelStore.ts';
import { openDatabase } from './openDatabase.ts';
import { missingIndex, recreateTables } from './readModelSchema.ts';
import { createReadModelTable, type ReadModelTable } from './readModelTable.ts';
import { sqliteFailure } from './sqliteFailure.ts';

export type SqliteReadModelStoreOptions = Readonly<{
  /** Its folder must be there. */
  path: string;
  tables: readonly TableDefinition[];
  /** What the rows were made by. A file with another one, like a damaged file, is thrown away: its rows can be made again. */
  fingerprint: string;
  /** How many rows of each table stay decoded in memory between batches. */
  cachedRows: number;
}>;

/**
 * Rows in a SQLite file. `synchronous = NORMAL`: a power cut may take the last batches back, rows and position together, and they
 * are made again from the events. Throws `ReadModelStoreUnavailableError` where the file cannot be opened.
 */
export function createSqliteReadModelStore(options: SqliteReadModelStoreOptions): ReadModelStore {
  const database = translated('open', () => openReadModels(options));
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
            for (const table of tables.values()) table.flush();
            writePosition.run(reached);
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
    close: () => database.close(),
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

function openReadModels(options: SqliteReadModelStoreOptions): DatabaseSync {
  try {
    const database = openDatabase(options.path, { synchronous: 'NORMAL' });
    if (storedFingerprint(database) === options.fingerprint) return database;
    database.close();
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${options.path}${suffix}`, { force: true });
  return makeReadModels(options);
}

function makeReadModels({ path, tables, fingerprint }: SqliteReadModelStoreOptions): DatabaseSync {
  const database = openDatabase(path, { synchronous: 'NORMAL' });
  inTransaction(database, () => {
    recreateTables(database, tables);
    database.exec('CREATE TABLE read_model_state (fingerprint TEXT NOT NULL, position TEXT NOT NULL)');
    database.prepare('INSERT INTO read_model_state VALUES (?, ?)').run(fingerprint, startPosition);
  });
  return database;
}

function storedFingerprint(database: DatabaseSync): unknown {
  try {
    const hasState = `SELECT 1 FROM sqlite_schema WHERE name = 'read_model_state'`;
    if (database.prepare(hasState).get() === undefined) return undefined;
    return database.prepare('SELECT fingerprint FROM read_model_state').get()?.fingerprint;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
function isDamage(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false;
  return [11, 26].includes(Number(error.errcode) & 0xff);
}

function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    // A failure of the disk has ended the transaction already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function translated<Result>(what: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const reason = sqliteFailure(error);
    if (reason === undefined) throw error;
    throw new ReadModelStoreUnavailableError(`read models: ${what}: ${reason}`, { cause: error });
  }
}
