import type { Journal } from './journal.ts';

/** An event to append, as the protocol carries it. */
export type ProposedEvent = Readonly<{
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
}>;

/** One append that was accepted: all of it, or nothing. */
export type WrittenAppend = Readonly<{ stream: string; createdMs: number; events: readonly ProposedEvent[] }>;

export type LogRecord = ProposedEvent &
  Readonly<{ stream: string; revision: number; position: bigint; createdMs: number }>;

export type Expected = number | 'any' | 'noStream' | 'streamExists';

export type AppendOutcome =
  | Readonly<{ kind: 'appended'; revision: number; position: bigint }>
  | Readonly<{ kind: 'wrongRevision'; actual: number | 'noStream' }>
  | Readonly<{ kind: 'tooLarge'; maxBytes: number }>
  | Readonly<{ kind: 'deleted' }>;

type Stream = { records: LogRecord[]; nextRevision: number; isDeleted: boolean; isTombstoned: boolean };

/** The log of the stand-in, with the server's rules for appends: expected revisions, repeats, sizes, deleted streams. */
export function createMemoryLog(maxAppendBytes: number, journal?: Journal) {
  const records: LogRecord[] = [];
  const streams = new Map<string, Stream>();
  const followers = new Set<(appended: readonly LogRecord[]) => void>();
  let tail = 0n;

  function append(name: string, events: readonly ProposedEvent[], expected: Expected): AppendOutcome {
    const stream = streams.get(name);
    if (stream?.isTombstoned) return { kind: 'deleted' };
    if (events.reduce((sum, event) => sum + sizeOf(event), 0) > maxAppendBytes) {
      return { kind: 'tooLarge', maxBytes: maxAppendBytes };
    }
    const last = (stream?.nextRevision ?? 0) - 1;
    const repeated = stream && findRepeat(stream, events, expected, last);
    if (repeated) return repeated;
    if (!isExpected(expected, last, stream?.isDeleted ?? false)) {
      return { kind: 'wrongRevision', actual: last < 0 ? 'noStream' : last };
    }
    const written = { stream: name, createdMs: Date.now(), events };
    journal?.keep(written);
    return write(written);
  }

  function write({ stream: name, createdMs, events }: WrittenAppend): AppendOutcome {
    const stream = streams.get(name) ?? newStream();
    streams.set(name, stream);
    stream.isDeleted = false;
    const appended = events.map((event) => {
      const record = {
        ...event,
        stream: name,
        revision: stream.nextRevision,
        position: place(event),
        createdMs,
      };
      stream.nextRevision += 1;
      stream.records.push(record);
      records.push(record);
      return record;
    });
    for (const follower of followers) follower(appended);
    return { kind: 'appended', revision: stream.nextRevision - 1, position: appended.at(-1)?.position ?? 0n };
  }

  /** Positions are places in a file: they grow by what is written, and leave the rest of a chunk empty where a record does not fit. */
  function place(event: ProposedEvent): bigint {
    const chunkBytes = 4_194_304n;
    const size = BigInt(150 + sizeOf(event));
    if ((tail % chunkBytes) + size > chunkBytes) tail += chunkBytes - (tail % chunkBytes);
    const position = tail;
    tail += size;
    return position;
  }

  for (const written of journal?.kept() ?? []) write(written);

  return {
    append,
    records: (): readonly LogRecord[] => records,
    stream: (name: string): Readonly<Stream> | undefined => streams.get(name),
    /** Where the next record begins, unless a chunk ends before. */
    tail: () => tail,
    /** Index of the first record at `position` or after it. */
    indexAt: (position: bigint): number => firstIndex(records, position),
    deleteStream: (name: string) => {
      Object.assign(streams.get(name) ?? {}, { isDeleted: true, records: [] });
    },
    tombstoneStream: (name: string) => {
      Object.assign(streams.get(name) ?? {}, { isTombstoned: true, records: [] });
    },
    /** Calls `follower` with each append, in the same turn, until the answer is called. */
    follow: (follower: (appended: readonly LogRecord[]) => void) => {
      followers.add(follower);
      return () => followers.delete(follower);
    },
  };
}

export type MemoryLog = ReturnType<typeof createMemoryLog>;

function newStream(): Stream {
  return { records: [], nextRevision: 0, isDeleted: false, isTombstoned: false };
}

function sizeOf({ type, data, metadata }: ProposedEvent): number {
  return type.length + data.length + metadata.length;
}

function isExpected(expected: Expected, last: number, isDeleted: boolean): boolean {
  if (expected === 'any') return true;
  if (expected === 'streamExists') return last >= 0 && !isDeleted;
  if (expected === 'noStream') return last < 0 || isDeleted;
  return expected === last;
}

/** The first answer again where the very events are there already; a refusal where only some of them are. */
function findRepeat(
  stream: Stream,
  events: readonly ProposedEvent[],
  expected: Expected,
  last: number,
): AppendOutcome | undefined {
  const first = stream.records.findIndex(({ id }) => id === events[0]?.id);
  if (events.length === 0 || first < 0 || expected === last) return undefined;
  const found = stream.records.slice(first, first + events.length);
  const isWhole = found.length === events.length && found.every(({ id }, index) => id === events[index]?.id);
  const isThere =
    expected === 'any' || found[0]?.revision === (expected === 'noStream' ? 0 : Number(expected) + 1);
  const end = found.at(-1);
  if (!end || !isWhole || !isThere) return { kind: 'wrongRevision', actual: last };
  return { kind: 'appended', revision: end.revision, position: end.position };
}

function firstIndex(records: readonly LogRecord[], position: bigint): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.position ?? position) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
