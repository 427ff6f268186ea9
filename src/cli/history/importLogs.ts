import type { JobId } from '../../domain/ids.ts';
import { type LogLine, type LogProgress, type LogStore, noLogProgress } from '../../ports/logStore.ts';
import type { HistoryProgress } from './historyProgress.ts';
import type { HeaderRecord, LogRecord } from './historyRecord.ts';
import { readHistoryFile } from './readHistoryFile.ts';

export type ImportLogsOptions = Readonly<{
  path: string;
  logs: Pick<LogStore, 'append'>;
  header: HeaderRecord;
  progress: HistoryProgress;
}>;

const maxBatchLines = 1_000;

/**
 * Appends the log of each job, with the numbers that its lines had. Lines that are kept already are ignored, so that it may be done again.
 * Throws `LogStoreUnavailableError`.
 */
export async function importLogs({ path, logs, header, progress }: ImportLogsOptions): Promise<void> {
  let jobId: JobId | undefined;
  let reached = 0;
  for await (const record of readHistoryFile(path)) {
    if (record.kind !== 'log') continue;
    if (record.jobId !== jobId) reached = 0;
    jobId = record.jobId;
    for (const append of appendsOf(record, reached, header.madeAt)) {
      await logs.append(jobId, append.lines, append.progress);
      reached = append.progress.lastSequence;
      progress.done(append.lines.length);
    }
  }
}

type LogAppend = Readonly<{ lines: readonly LogLine[]; progress: LogProgress }>;

/** How far the log reached in all is told with its last lines; up to then, only their number. */
function* appendsOf(record: LogRecord, reached: number, madeAt: string): Generator<LogAppend> {
  let lines: LogLine[] = [];
  const upToHere = (): LogProgress => ({
    ...noLogProgress,
    lastSequence: lines.at(-1)?.sequence ?? reached,
  });
  for (const line of withoutHoles(record, reached, madeAt)) {
    if (lines.length === maxBatchLines) {
      yield { lines, progress: upToHere() };
      lines = [];
    }
    lines.push(line);
  }
  yield { lines, progress: record.progress ?? upToHere() };
}

/** A log store takes no hole. Where retention had discarded lines before the export, one that says so stands for each, with its number. */
function* withoutHoles({ lines, progress }: LogRecord, reached: number, madeAt: string): Generator<LogLine> {
  let next = reached + 1;
  for (const line of lines) {
    for (; next < line.sequence; next += 1) yield lostLine(next, line.at);
    yield line;
    next = line.sequence + 1;
  }
  const last = progress?.lastSequence ?? 0;
  for (; next <= last; next += 1) yield lostLine(next, lines.at(-1)?.at ?? madeAt);
}

function lostLine(sequence: number, at: string): LogLine {
  const text = '[line lost: it was no longer kept when the history was exported]';
  return { sequence, at, stream: 'system', text, rawBase64: null };
}
