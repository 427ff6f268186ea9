import type { BackoffBounds } from '../../domain/backoff.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  type Append,
  type EventStore,
  EventStoreUnavailableError,
  WrongExpectedRevisionError,
} from '../../ports/eventStore.ts';
import { retryOperation } from '../../runner/retryOperation.ts';
import { eventRecords } from './compareEvents.ts';
import { ImportRefusedError } from './historyErrors.ts';
import type { HistoryProgress } from './historyProgress.ts';
import { type EventRecord, toNewEvent } from './historyRecord.ts';

export type ImportEventsOptions = Readonly<{
  path: string;
  /** Events of the history that the log holds already. */
  there: number;
  events: Pick<EventStore, 'appendInTurn'>;
  clock: Clock;
  progress: HistoryProgress;
}>;

/** Of one call; the bytes leave room for what a store adds to each event. */
const maxBatchEvents = 500;
const maxBatchBytes = 500_000;
const backoff: BackoffBounds = { minMs: 100, maxMs: 5_000 };
const withinMs = 60_000;

/**
 * Appends the events after the first `there` in the order of the history, each at the revision that it had: a repeat of what landed unseen is
 * harmless, and what another wrote is never passed over. Throws `ImportRefusedError` where another writes to the log, and
 * `EventStoreUnavailableError` where it was away for a minute.
 */
export async function importEvents({
  path,
  there,
  events,
  clock,
  progress,
}: ImportEventsOptions): Promise<void> {
  const { signal } = new AbortController();
  const bounds = { clock, backoff, signal, withinMs };
  const isAway = (error: unknown): boolean => error instanceof EventStoreUnavailableError;
  for await (const batch of batchesOf(eventRecords(path), there)) {
    const appends = inAppends(batch);
    try {
      await retryOperation(() => events.appendInTurn(appends), isAway, bounds);
    } catch (error) {
      throw error instanceof WrongExpectedRevisionError ? anotherWrites(error) : error;
    }
    progress.done(batch.length);
  }
}

async function* batchesOf(
  records: AsyncIterable<EventRecord>,
  skipped: number,
): AsyncGenerator<readonly EventRecord[]> {
  let batch: EventRecord[] = [];
  let bytes = 0;
  let number = 0;
  for await (const record of records) {
    number += 1;
    if (number <= skipped) continue;
    const size = Buffer.byteLength(JSON.stringify(record));
    if (batch.length > 0 && (batch.length === maxBatchEvents || bytes + size > maxBatchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** Neighbors of one stream share an append; the order of the log stays. */
function inAppends(batch: readonly EventRecord[]): readonly Append[] {
  const appends: Readonly<{ first: EventRecord; records: EventRecord[] }>[] = [];
  for (const record of batch) {
    const last = appends.at(-1);
    if (last?.first.stream === record.stream) last.records.push(record);
    else appends.push({ first: record, records: [record] });
  }
  return appends.map(({ first, records }) => ({
    stream: first.stream,
    events: records.map(toNewEvent),
    expected: first.revision === 0 ? 'noStream' : first.revision - 1,
  }));
}

function anotherWrites(cause: WrongExpectedRevisionError): ImportRefusedError {
  return new ImportRefusedError(
    `Another writes to the event log while the history is imported: ${cause.message}. Stop all nodes, and begin again with an empty log.`,
    { cause },
  );
}
