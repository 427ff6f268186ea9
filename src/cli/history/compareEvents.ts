import { isDeepStrictEqual } from 'node:util';
import type { StoredEvent } from '../../domain/events.ts';
import type { EventStore } from '../../ports/eventStore.ts';
import { ImportRefusedError } from './historyErrors.ts';
import { type EventRecord, toEventRecord } from './historyRecord.ts';
import { readHistoryFile } from './readHistoryFile.ts';

/** How many events of the history the log holds, from the first on, and how many others come after all of them. */
export type Compared = Readonly<{ there: number; beyond: number }>;

/**
 * Goes through the log and the history side by side. Throws `ImportRefusedError` where the log holds an event that the history has not at that
 * place, in any of its parts.
 */
export async function compareEvents(
  path: string,
  { readAll }: Pick<EventStore, 'readAll'>,
): Promise<Compared> {
  const records = eventRecords(path);
  let there = 0;
  let beyond = 0;
  try {
    for await (const event of readAll()) {
      const next = beyond > 0 ? undefined : (await records.next()).value;
      if (next === undefined) beyond += 1;
      else if (isDeepStrictEqual(toEventRecord(event), next)) there += 1;
      else throw otherHistory(event, next, there);
    }
  } finally {
    await records.return(undefined);
  }
  return { there, beyond };
}

/** The events of a history file. Throws as `readHistoryFile` does, for what it has read. */
export async function* eventRecords(path: string): AsyncGenerator<EventRecord, undefined, void> {
  for await (const record of readHistoryFile(path)) {
    if (record.kind === 'event') yield record;
    else if (record.kind !== 'header') return;
  }
}

function otherHistory(found: StoredEvent, wanted: EventRecord, there: number): ImportRefusedError {
  const place = ({ type, stream, revision, id }: EventRecord): string =>
    `${type} ${stream}@${revision} (${id})`;
  return new ImportRefusedError(
    `The event log holds events that are not of this history: event ${there + 1} of the log is ${place(toEventRecord(found))}, ` +
      `where the history has ${place(wanted)}.\n` +
      'A history goes only into an empty log, or one in which an import of it was cut short. If a node was started on the log too early, and\n' +
      'nothing in it is to be kept: stop all nodes, and import into a log that nothing was written to, which is another EventStoreDB, another\n' +
      'ONEOFF_EVENTSTORE_PREFIX (with another ONEOFF_NATS_PREFIX), or in the embedded form another ONEOFF_DATA_FOLDER.',
  );
}
