import type { Environment } from '../../domain/environment.ts';
import { type RecordedEvent, startPosition } from '../../domain/events.ts';
import { parseEvent, UnreadableEventError } from '../../domain/parseEvent.ts';
import { type SecretBox, SecretBoxError } from '../../ports/secretBox.ts';
import { HistoryFileError, ImportRefusedError } from './historyErrors.ts';
import type { EventRecord, HeaderRecord, HistoryCounts } from './historyRecord.ts';
import { readHistoryFile } from './readHistoryFile.ts';

export type CheckedHistory = HistoryCounts &
  Readonly<{
    header: HeaderRecord;
    /** Sealed values in it that the key at hand does not open, though it opens others. */
    unopened: number;
  }>;

/**
 * Reads the whole file once and writes nothing. Throws `HistoryFileError` where the file is not whole or holds what this program cannot read,
 * and `ImportRefusedError` where the key opens none of its secrets: jobs would fail long after, one by one.
 */
export async function checkHistory(path: string, secrets: Pick<SecretBox, 'open'>): Promise<CheckedHistory> {
  let header: HeaderRecord | undefined;
  let sealed = 0;
  let unopened = 0;
  for await (const record of readHistoryFile(path)) {
    if (record.kind === 'header') header = record;
    if (record.kind === 'event') {
      const environment = environmentOf(readable(record, path));
      const opened = environment.flatMap((variable) =>
        variable.kind === 'secret' ? [opens(secrets, variable.sealedValue, variable.key)] : [],
      );
      sealed += opened.length;
      unopened += opened.filter((isOpen) => !isOpen).length;
    }
    if (record.kind === 'end' && header !== undefined) {
      if (sealed > 0 && unopened === sealed) throw wrongKey(sealed);
      const { events, logs, lines } = record;
      return { events, logs, lines, header, unopened };
    }
  }
  throw new Error(`${path}: a history without an end was read to its end`);
}

function readable(record: EventRecord, path: string): RecordedEvent {
  try {
    return parseEvent({ ...record, position: startPosition });
  } catch (error) {
    if (!(error instanceof UnreadableEventError)) throw error;
    throw new HistoryFileError(`${path}: this program cannot read the event ${error.message}`, {
      cause: error,
    });
  }
}

function environmentOf(event: RecordedEvent): Environment {
  if (event.type === 'ServiceCreated' || event.type === 'JobCreated') return event.data.environment;
  return event.type === 'ServiceEnvironmentChanged' ? event.data.set : [];
}

function opens({ open }: Pick<SecretBox, 'open'>, sealedValue: string, key: string): boolean {
  try {
    open(sealedValue, key);
    return true;
  } catch (error) {
    if (!(error instanceof SecretBoxError)) throw error;
    return false;
  }
}

function wrongKey(sealed: number): ImportRefusedError {
  return new ImportRefusedError(
    `None of the ${sealed} sealed values in this history opens with the key at hand, so nothing was imported.\n` +
      'Set ONEOFF_SECRET_KEY to what secret.key in the data folder of the export holds, and import again.',
  );
}
