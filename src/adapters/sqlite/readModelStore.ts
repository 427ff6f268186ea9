import { existsSync, renameSync, rmSync } from 'node:fs';
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

/**
 * A file with another fingerprint is removed. A damaged one is put aside, since nobody can tell any more what it was; and one that holds
 * something else is left alone, for it may be somebody's only copy.
 */
function openReadModels(options: SqliteReadModelStoreOptions): DatabaseSync {
  const { path, fingerprint } = options;
  try {
    const database = openDatabase(path, { synchronous: 'NORMAL' });
    if (storedFingerprint(database) === fingerprint) return database;
    database.close();
    for (const suffix of fileSuffixes) rmSync(`${path}${suffix}`, { force: true });
  } catch (error) {
    if (!isDamage(error)) throw error;
    for (const suffix of fileSuffixes) {
      if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${path}.damaged${suffix}`);
    }
  }
  return makeReadModels(options);
}

/** The file, its write-ahead log, and the index of that. */
const fileSuffixes = ['', '-wal', '-shm'];

function makeReadModels({ path, tables, fingerprint }: SqliteReadModelStoreOptions): DatabaseSync {
  const database = openDatabase(path, { synchronous: 'NORMAL' });
  inTransaction(database, () => {
    recreateTables(database, tables);
    database.exec('CREATE TABLE read_model_state (fingerprint TEXT NOT NULL, position TEXT NOT NULL)');
    database.prepare('INSERT INTO read_model_state VALUES (?, ?)').run(fingerprint, startPosition);
  });
  return database;
}

/** Undefined where the file is new. Closes `database` before it throws. */
function storedFingerprint(database: DatabaseSync): unknown {
  try {
    const names = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
    if (names.length === 0) return undefined;
    if (!names.some(({ name }) => name === 'read_model_state')) {
      throw new Error(
        `${database.location()} is not a file of read models: its tables are of something else`,
      );
    }
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
