import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** `FULL`: a committed transaction outlives a power cut. `NORMAL`: it outlives the process, which is enough for what can be rebuilt. */
export type Synchronous = 'FULL' | 'NORMAL';

/** Another process holds the file only while it checkpoints or is being stopped; longer than this means something is wrong. */
const busyTimeoutMs = 5_000;
/** Checkpoints happen every 16 MB of log, and leave no more than that on disk. */
const walPages = 4_000;
const walBytes = 16 * 1024 * 1024;
/** For each connection, and never given back. The system holds the file's pages too: a replay takes as long with 2 MB as with 32. */
const cacheKibibytes = 4 * 1024;

/**
 * Opens the SQLite file at `path`, making it if there is none (its folder must be there), readable by its owner alone, with a write-ahead log so that
 * readers and the writer do not wait for each other. Throws SQLite's own error where the file cannot be opened.
 */
export function openDatabase(path: string, options: Readonly<{ synchronous: Synchronous }>): DatabaseSync {
  keepPrivate(path);
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: false });
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${options.synchronous};
      PRAGMA fullfsync = ON; -- macOS only: its plain fsync does not reach the disk
      PRAGMA wal_autocheckpoint = ${walPages};
      PRAGMA journal_size_limit = ${walBytes};
      PRAGMA cache_size = -${cacheKibibytes};
      PRAGMA temp_store = MEMORY;
    `);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** SQLite makes a file that everybody may read; those beside it take its mode. What is wrong with the path, SQLite itself tells. */
function keepPrivate(path: string): void {
  if (path === ':memory:') return;
  try {
    closeSync(openSync(path, 'a', 0o600));
    for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, 0o600);
  } catch {
    return;
  }
}
