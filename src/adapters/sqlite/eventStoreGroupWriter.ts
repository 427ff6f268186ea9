import type { DatabaseSync } from 'node:sqlite';
import type { AppendResult } from '../../ports/eventStore.ts';
import { createReadLast, createWriteAppend, type EncodedAppend, type Refusal } from './eventStoreAppend.ts';

/** Appends that share one transaction, and the instant at which all their events are recorded. */
export type AppendGroup = Readonly<{ appends: readonly EncodedAppend[]; recordedMs: number }>;

/** The group is on the disk: an answer for each of its appends, and the sequence number at which the log now ends. */
export type CommittedGroup = Readonly<{
  answers: readonly (AppendResult | Refusal)[];
  lastSequence: number;
}>;

/**
 * Writes a group in one transaction. It succeeds or fails as a whole on the disk, and then throws SQLite's own error; a wrong expected
 * revision refuses its own append and no other.
 */
export function createGroupWriter(database: DatabaseSync): (group: AppendGroup) => CommittedGroup {
  const writeAppend = createWriteAppend(database);
  const readLast = createReadLast(database);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  return ({ appends, recordedMs }) => {
    try {
      begin.run();
      const answers = appends.map((append) => writeAppend(append, recordedMs));
      const lastSequence = readLast();
      commit.run();
      return { answers, lastSequence };
    } catch (error) {
      // Some failures have rolled back by themselves already.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };
}
