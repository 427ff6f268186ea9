import type { DatabaseSync } from 'node:sqlite';
import { ReadModelStoreUnavailableError } from '../../ports/readModelStore.ts';
import { sqliteFailure } from '../shared/sqliteFailure.ts';

/** Runs `work` in a transaction of its own: all of it is kept, or, where it throws, nothing. */
export function inTransaction(database: DatabaseSync, work: () => void): void {
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

/** Answers what `work` does; throws `ReadModelStoreUnavailableError` in place of an error that tells of the machine's state. */
export function translated<Result>(what: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const reason = sqliteFailure(error);
    if (reason === undefined) throw error;
    throw new ReadModelStoreUnavailableError(`read models: ${what}: ${reason}`, { cause: error });
  }
}
