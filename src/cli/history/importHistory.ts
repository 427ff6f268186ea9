import type { Clock } from '../../ports/clock.ts';
import type { EventStore } from '../../ports/eventStore.ts';
import type { LogStore } from '../../ports/logStore.ts';
import type { SecretBox } from '../../ports/secretBox.ts';
import { type CheckedHistory, checkHistory } from './checkHistory.ts';
import { compareEvents } from './compareEvents.ts';
import { counted, createHistoryProgress } from './historyProgress.ts';
import type { HistoryCounts } from './historyRecord.ts';
import { importEvents } from './importEvents.ts';
import { importLogs } from './importLogs.ts';

export type ImportHistoryOptions = Readonly<{
  /** A file that `exportHistory` made. */
  path: string;
  events: Pick<EventStore, 'appendInTurn' | 'readAll'>;
  /** Null: the logs of jobs are left out. */
  logs: Pick<LogStore, 'append'> | null;
  /** Of the key that nodes will have. */
  secrets: Pick<SecretBox, 'open'>;
  clock: Clock;
  print: (line: string) => void;
}>;

/**
 * Brings a history into a log that is empty, or holds the beginning of that history and nothing else: one that was cut short goes on by being
 * run again, and a later export of the same log adds what is new. In order: the file is read through, the log is compared with it, what is
 * missing is appended, the logs of jobs follow, and the log is compared as a whole. Throws `HistoryFileError` and `ImportRefusedError` before
 * anything is written; the latter also where a node writes to the log meanwhile; and what the stores throw when they are away: then it may be
 * run again.
 */
export async function importHistory(options: ImportHistoryOptions): Promise<HistoryCounts> {
  const { path, events, secrets, clock, print } = options;
  const history = await checkHistory(path, secrets);
  const { header, unopened } = history;
  print(
    `${path} is whole: ${counted(history.events, 'event')}, exported ${header.madeAt} by oneoff ${header.oneoff}.`,
  );
  if (unopened > 0)
    print(
      `*** The key at hand opens some of the secrets in it, but not ${counted(unopened, 'sealed value')}.`,
    );
  const { there } = await compareEvents(path, events);
  if (there > 0) print(`The event log holds the first ${counted(there, 'event')} of it already.`);
  await importEvents({ path, there, events, clock, progress: createHistoryProgress(clock, print, 'event') });
  await bringLogs(options, history);
  const { there: now, beyond } = await compareEvents(path, events);
  if (now !== history.events)
    throw new Error(`The event log holds ${now} events of the history, not all ${history.events}`);
  if (beyond > 0) print(`The event log holds ${counted(beyond, 'event')} more, from after the history.`);
  print(`Imported: the event log holds the whole history, ${counted(now, 'event')}, compared one by one.`);
  return history;
}

async function bringLogs(
  { path, logs, clock, print }: ImportHistoryOptions,
  { header, logs: jobs, lines }: CheckedHistory,
): Promise<void> {
  if (logs === null) return print('The logs of jobs are left out.');
  if (!header.logs) return print('The file was made without the logs of jobs.');
  const progress = createHistoryProgress(clock, print, 'line');
  await importLogs({ path, logs, header, progress });
  print(`The logs of ${counted(jobs, 'job')} are there (${counted(lines, 'line')}).`);
}
