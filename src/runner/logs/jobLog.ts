import type { JobId } from '../../domain/ids.ts';
import { type Clock, nowIso } from '../../ports/clock.ts';
import type { LogLine, LogStore } from '../../ports/logStore.ts';

/**
 * Adds a line of oneoff's own to the job's log, once: nothing is added if the last line says the same already, as after a crash, or if the
 * log is complete. Line ends in `text` become blanks. Never to be called while `pumpLogs` runs for the job: each would number its lines
 * without the other's. Throws `LogStoreUnavailableError`.
 */
export async function appendSystemLine(
  logStore: Pick<LogStore, 'append' | 'progress' | 'read'>,
  jobId: JobId,
  text: string,
  clock: Clock,
): Promise<void> {
  const progress = await logStore.progress(jobId);
  if (progress.complete) return;
  const { lines } = await logStore.read(jobId, { direction: 'backwards', limit: 1 });
  const line: LogLine = {
    sequence: progress.lastSequence + 1,
    at: nowIso(clock),
    stream: 'system',
    text: text.trim().replaceAll(/\s*[\r\n]\s*/g, ' '),
    rawBase64: null,
  };
  const last = lines.at(0);
  if (last?.stream === 'system' && last.text === line.text) return;
  await logStore.append(jobId, [line], { ...progress, lastSequence: line.sequence });
}

/** Ends the job's log: those who follow it come to an end. A log that is complete stays as it is. Throws `LogStoreUnavailableError`. */
export async function completeLog(
  logStore: Pick<LogStore, 'append' | 'progress'>,
  jobId: JobId,
): Promise<void> {
  const progress = await logStore.progress(jobId);
  if (!progress.complete) await logStore.append(jobId, [], { ...progress, complete: true });
}
