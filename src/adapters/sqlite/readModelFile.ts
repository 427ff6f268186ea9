import { existsSync, renameSync, rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { startPosition } from '../../domain/events.ts';
import type { TableDefinition } from '../../ports/readModelStore.ts';
import { openDatabase } from './openDatabase.ts';
import { recreateTables } from './readModelSchema.ts';
import { inTransaction } from './readModelWrites.ts';

export type ReadModelFileOptions = Readonly<{
  /** Its folder must be there. */
  path: string;
  tables: readonly TableDefinition[];
  /** What the rows were made by. A file with another one, like a damaged file, is not used: its rows can be made again. */
  fingerprint: string;
}>;

/**
 * Opens the file at `path`, making it if there is none. A file with another fingerprint is removed. A damaged one is put aside,
 * since nobody can tell any more what it was; and one that holds something else is left alone, for it may be somebody's only
 * copy: that throws. Throws SQLite's own error where the file cannot be opened.
 */
export function openReadModelFile(options: ReadModelFileOptions): DatabaseSync {
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

function makeReadModels({ path, tables, fingerprint }: ReadModelFileOptions): DatabaseSync {
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
