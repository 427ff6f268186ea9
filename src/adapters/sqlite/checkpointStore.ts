import type { Position } from '../../domain/events.ts';
import { startPosition } from '../../domain/events.ts';
import { type CheckpointStore, CheckpointStoreUnavailableError } from '../../ports/checkpointStore.ts';
import { sqliteFailure } from '../shared/sqliteFailure.ts';
import { openDatabase } from './openDatabase.ts';

/** Checkpoints in the SQLite file at `path`. Losing the last of them in a power cut is harmless, so none waits for the disk. */
export function createSqliteCheckpointStore(path: string): CheckpointStore {
  const database = openDatabase(path, { synchronous: 'NORMAL' });
  database.exec(
    'CREATE TABLE IF NOT EXISTS checkpoints (name TEXT PRIMARY KEY, position TEXT NOT NULL) WITHOUT ROWID',
  );
  const select = database.prepare('SELECT position FROM checkpoints WHERE name = ?');
  const upsert = database.prepare('INSERT OR REPLACE INTO checkpoints (name, position) VALUES (?, ?)');
  return {
    load: async (name) =>
      translated(() => select.get(name)?.position as Position | undefined) ?? startPosition,
    save: async (name, position) => {
      translated(() => upsert.run(name, position));
    },
    close: async () => database.close(),
  };
}

function translated<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const reason = sqliteFailure(error);
    if (reason === undefined) throw error;
    throw new CheckpointStoreUnavailableError(`checkpoints: ${reason}`, { cause: error });
  }
}
