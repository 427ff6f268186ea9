import type { DatabaseSync } from 'node:sqlite';
import type { AppendResult } from '../../ports/eventStore.ts';
import { createReadLast, createWriteAppend, type EncodedAppend, type Refusal } from './eventStoreAppend.ts';

/** Appends of one caller, of which each is tried only where those before it were not refused. */
export type AppendChain = readonly EncodedAppend[];

/** Chains that share one transaction, and the instant at which their events are recorded that have none of their own. */
export type AppendGroup = Readonly<{ chains: readonly AppendChain[]; recordedMs: number }>;

/** For each append of a chain that was tried: a refusal is the last. */
export type ChainAnswer = readonly (AppendResult | Refusal)[];

/** The group is on the disk: an answer for each of its chains, and the sequence number at which the log now ends. */
export type CommittedGroup = Readonly<{ answers: readonly ChainAnswer[]; lastSequence: number }>;

/**
 * Writes a group in one transaction. It succeeds or fails as a whole on the disk, and then throws SQLite's own error; a wrong expected
 * revision refuses its own append and the rest of its chain.
 */
export function createGroupWriter(database: DatabaseSync): (group: AppendGroup) => CommittedGroup {
  const writeAppend = createWriteAppend(database);
  const readLast = createReadLast(database);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');

  function writeChain(chain: AppendChain, recordedMs: number): ChainAnswer {
    const answers: (AppendResult | Refusal)[] = [];
    for (const append of chain) {
      const answer = writeAppend(append, recordedMs);
      answers.push(answer);
      if ('actual' in answer) break;
    }
    return answers;
  }

  return ({ chains, recordedMs }) => {
    try {
      begin.run();
      const answers = chains.map((chain) => writeChain(chain, recordedMs));
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
