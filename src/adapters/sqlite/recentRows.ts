import { type AppendResult, passes } from '../../ports/eventStore.ts';
import type { EncodedAppend, Refusal } from './eventStoreAppend.ts';
import type { AppendGroup, CommittedGroup } from './eventStoreGroupWriter.ts';
import { toSequence } from './eventStorePosition.ts';
import type { LogPage } from './eventStoreReader.ts';
import type { EventRow } from './eventStoreRow.ts';

/** The end of the log in memory, as this process wrote it: those who follow the log closely need no statement. */
export type RecentRows = Readonly<{
  wrote(group: AppendGroup, committed: CommittedGroup): void;
  /** The rows of a page that goes forwards; undefined where it begins before what is kept. */
  page(page: LogPage): readonly EventRow[] | undefined;
}>;

/** Keeps the last `maxBytes` of JSON, at times up to twice as many: that way forgetting is one cut for many rows. */
export function createRecentRows(lastSequence: number, maxBytes: number): RecentRows {
  let since = lastSequence;
  let rows: EventRow[] = [];
  let bytes = 0;

  function add(row: EventRow): void {
    const last = rows.at(-1)?.sequence ?? since;
    // A repeated append: its rows are further back.
    if (row.sequence <= last) return;
    // Rows between are not known here: a group that was written by a thread which did not live to tell.
    if (row.sequence > last + 1) forgetUpTo(row.sequence - 1);
    rows.push(row);
    bytes += sizeOf(row);
  }

  function forgetUpTo(sequence: number): void {
    const first = rows.findIndex((row) => row.sequence > sequence);
    rows = first < 0 ? [] : rows.slice(first);
    bytes = rows.reduce((sum, row) => sum + sizeOf(row), 0);
    since = sequence;
  }

  function forgetOldest(): void {
    let surplus = bytes - maxBytes;
    const last = rows.find((row) => {
      surplus -= sizeOf(row);
      return surplus <= 0;
    });
    if (last !== undefined) forgetUpTo(last.sequence);
  }

  return {
    wrote: (group, committed) => {
      for (const row of writtenRows(group, committed)) add(row);
      if (bytes > 2 * maxBytes) forgetOldest();
    },
    page: ({ above, below, direction, filter, limit }) => {
      if (above < since || direction !== 'forwards') return undefined;
      const found: EventRow[] = [];
      for (let index = above - since; index < rows.length && found.length < limit; index += 1) {
        const row = rows[index];
        if (row !== undefined && row.sequence < below && (!filter || passes(filter, row))) found.push(row);
      }
      return found;
    },
  };
}

function writtenRows({ chains, recordedMs }: AppendGroup, { answers }: CommittedGroup): readonly EventRow[] {
  return chains.flatMap((chain, index) =>
    (answers[index] ?? []).flatMap((answer, place) => rowsOf(chain[place], answer, recordedMs)),
  );
}

function rowsOf(
  append: EncodedAppend | undefined,
  answer: AppendResult | Refusal,
  groupMs: number,
): readonly EventRow[] {
  if (append === undefined || 'actual' in answer) return [];
  const before = append.events.length - 1;
  const sequence = toSequence(answer.position) - before;
  const revision = answer.revision - before;
  return append.events.map(({ recordedMs, ...event }, place) => ({
    ...event,
    stream: append.stream,
    sequence: sequence + place,
    revision: revision + place,
    recorded_ms: recordedMs ?? groupMs,
  }));
}

function sizeOf({ metadata, data }: EventRow): number {
  return metadata.length + data.length;
}
