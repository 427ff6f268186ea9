import type { DatabaseSync } from 'node:sqlite';
import type { JobId } from '../../domain/ids.ts';
import {
  type LogLine,
  type LogProgress,
  type LogStore,
  LogStoreUnavailableError,
  noLogProgress,
} from '../../ports/logStore.ts';
import { endedByReturn } from '../shared/endedByReturn.ts';
import { assertNoHole } from '../shared/logLines.ts';
import { sqliteFailure } from '../shared/sqliteFailure.ts';
import { createJobWakeUps } from './logStoreFollowers.ts';
import { createPageFiller } from './logStorePages.ts';
import { followLines, type Operate, readPage } from './logStoreReading.ts';
import { createLogTables, jobLogMaker, jobLogReader, lineWriter, progressWriter } from './logStoreTables.ts';
import { openDatabase } from './openDatabase.ts';

export type SqliteLogStoreOptions = Readonly<{
  path: string;
  /** The most lines of one page, whatever limit is asked for. */
  maxPageLines?: number;
  /** The most text of one page (a single line may have more): what one reader costs in memory. */
  maxPageCharacters?: number;
  /** How many lines one turn of the event loop looks at: a search of a long log must not hold up everyone else. */
  scanLines?: number;
}>;

/**
 * Logs in the SQLite file at `path`. Every append outlives the process; one that completes a log, and with it all appends before, also
 * outlives a power cut. Up to then the container keeps what it wrote, so what a power cut takes from a running log is read from it again.
 * Followers must be in the process that appends. Throws `LogStoreUnavailableError` where the file cannot be opened.
 */
export function createSqliteLogStore(options: SqliteLogStoreOptions): LogStore {
  const { path, maxPageLines = 10_000, maxPageCharacters = 4 * 1024 * 1024, scanLines = 1_000 } = options;
  const database = translated(path, () => openLogDatabase(path));
  const operate: Operate = (work) => {
    if (!database.isOpen) throw new LogStoreUnavailableError(`${path}: closed`);
    return translated(path, work);
  };
  const findLog = jobLogReader(database);
  const keep = createKeeper(database, findLog);
  const wakeUps = createJobWakeUps();
  const reader = {
    operate,
    findLog,
    fillPage: createPageFiller(database),
    maxPageLines,
    maxPageCharacters,
    scanLines,
  };
  return {
    append: async (jobId, lines, progress) => {
      operate(() => keep(jobId, lines, progress));
      wakeUps.wake(jobId);
    },
    progress: async (jobId) => operate(() => findLog(jobId)?.progress ?? noLogProgress),
    read: (jobId, query) => readPage(reader, jobId, query),
    follow: (jobId, { after, batchLines, signal }) =>
      endedByReturn((returned) =>
        followLines(reader, wakeUps, { jobId, after, batchLines, signals: [signal, returned] }),
      ),
    close: async () => {
      if (database.isOpen) database.close();
      wakeUps.wakeAll();
    },
  };
}

function openLogDatabase(path: string): DatabaseSync {
  const database = openDatabase(path, { synchronous: 'NORMAL' });
  try {
    createLogTables(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Keeps what is new of an append, with its progress, in one transaction. */
function createKeeper(
  database: DatabaseSync,
  findLog: ReturnType<typeof jobLogReader>,
): (jobId: JobId, lines: readonly LogLine[], progress: LogProgress) => void {
  const makeLog = jobLogMaker(database);
  const writeLines = lineWriter(database);
  const writeProgress = progressWriter(database);
  return (jobId, lines, progress) => {
    // Syncing the write-ahead log once covers all that was committed before.
    if (progress.complete) database.exec('PRAGMA synchronous = FULL');
    try {
      database.exec('BEGIN IMMEDIATE');
      const log = findLog(jobId) ?? makeLog(jobId);
      if (log.progress.complete) return;
      assertNoHole(jobId, log.progress.lastSequence, lines, progress);
      writeLines(
        log.number,
        lines.filter(({ sequence }) => sequence > log.progress.lastSequence),
      );
      writeProgress(log.number, progress);
      database.exec('COMMIT');
    } finally {
      if (database.isTransaction) database.exec('ROLLBACK');
      if (progress.complete) database.exec('PRAGMA synchronous = NORMAL');
    }
  };
}

function translated<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const reason = sqliteFailure(error);
    if (reason === undefined) throw error;
    throw new LogStoreUnavailableError(`${path}: ${reason}`, { cause: error });
  }
}
