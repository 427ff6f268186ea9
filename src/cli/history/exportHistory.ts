import { isDeepStrictEqual } from 'node:util';
import type { Position } from '../../domain/events.ts';
import type { JobId } from '../../domain/ids.ts';
import { parseEvent } from '../../domain/parseEvent.ts';
import { type Clock, nowIso } from '../../ports/clock.ts';
import type { EventStore } from '../../ports/eventStore.ts';
import { type LogStore, noLogProgress } from '../../ports/logStore.ts';
import { counted, createHistoryProgress, type HistoryProgress } from './historyProgress.ts';
import {
  type HistoryCounts,
  type HistoryRecord,
  historyVersion,
  type LogRecord,
  toEventRecord,
} from './historyRecord.ts';
import { writeHistoryFile } from './writeHistoryFile.ts';

export type ExportHistoryOptions = Readonly<{
  /** The file to make; packed with gzip where its name ends in `.gz`. */
  path: string;
  events: Pick<EventStore, 'readAll' | 'lastPosition'>;
  /** Null: the logs of jobs stay behind. */
  logs: Pick<LogStore, 'progress' | 'read'> | null;
  /** Of this program. */
  version: string;
  /** Where the key is that seals the secrets, such as the path of its file: it is told, the key is not. */
  secretKeyPlace: string;
  clock: Clock;
  print: (line: string) => void;
}>;

const pageLines = 1_000;

/**
 * Writes the whole history into a file: all events in the order of the log, up to the last one that was there when it began, and then the log
 * of each job. The file goes into stores of either form by `importHistory`. Throws `HistoryFileError`, `UnreadableEventError`,
 * `EventStoreUnavailableError`, `LogStoreUnavailableError`, and what the file system throws; a file that was begun is then left as
 * `<path>.partial`.
 */
export async function exportHistory(options: ExportHistoryOptions): Promise<HistoryCounts> {
  const { path, events, logs, print, secretKeyPlace } = options;
  const end = await events.lastPosition();
  const counts = await writeHistoryFile(path, recordsOf(options, end));
  const ofLogs =
    logs === null
      ? 'no logs'
      : `the logs of ${counted(counts.logs, 'job')} (${counted(counts.lines, 'line')})`;
  print(`Exported ${counted(counts.events, 'event')} and ${ofLogs} to ${path}.`);
  if ((await events.lastPosition()) !== end)
    print(
      '*** oneoff ran on meanwhile: what came after the export began is not in it. Stop all nodes first.',
    );
  print(`The key that opens the secrets in it is not in it. It is in ${secretKeyPlace}: take it along.`);
  return counts;
}

async function* recordsOf(
  { events, logs, version: oneoff, clock, print }: ExportHistoryOptions,
  end: Position,
): AsyncGenerator<HistoryRecord> {
  yield {
    kind: 'header',
    format: 'oneoff-history',
    version: historyVersion,
    oneoff,
    madeAt: nowIso(clock),
    logs: logs !== null,
  };
  const progress = createHistoryProgress(clock, print, 'event');
  for await (const event of events.readAll()) {
    if (event.position > end) break;
    yield toEventRecord(event);
    progress.done(1);
  }
  if (logs === null) return;
  const ofLines = createHistoryProgress(clock, print, 'line');
  for await (const jobId of jobsUpTo(end, events)) yield* logOf(jobId, logs, ofLines);
}

async function* jobsUpTo(
  end: Position,
  events: Pick<EventStore, 'readAll'>,
): AsyncGenerator<JobId, void, void> {
  for await (const stored of events.readAll({ filter: { types: ['JobCreated'] } })) {
    if (stored.position > end) return;
    const event = parseEvent(stored);
    if (event.type === 'JobCreated') yield event.data.jobId;
  }
}

/** Page by page, up to where the log reached at first. A log that has lost lines to retention has holes here too. */
async function* logOf(
  jobId: JobId,
  logs: Pick<LogStore, 'progress' | 'read'>,
  progress: HistoryProgress,
): AsyncGenerator<LogRecord> {
  const reached = await logs.progress(jobId);
  if (isDeepStrictEqual(reached, noLogProgress)) return;
  for (let after = 0, hasMore = true; hasMore; ) {
    const page = await logs.read(jobId, { after, limit: pageLines });
    const lines = page.lines.filter(({ sequence }) => sequence <= reached.lastSequence);
    after = lines.at(-1)?.sequence ?? reached.lastSequence;
    hasMore = page.hasMore && after < reached.lastSequence;
    yield { kind: 'log', jobId, lines: [...lines], progress: hasMore ? null : reached };
    progress.done(lines.length);
  }
}
