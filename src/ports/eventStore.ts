import {
  categoryOf,
  type EventMetadata,
  type EventType,
  type Position,
  type StoredEvent,
  type StreamCategory,
  type StreamName,
} from '../domain/events.ts';

/** An event to append. The id (a UUID) makes a repeated append of the same event harmless. */
export type NewEvent = Readonly<{
  id: string;
  type: EventType;
  data: unknown;
  metadata: EventMetadata;
  /**
   * When another store recorded it, ISO-8601 in UTC with milliseconds: only where a history is copied. The store then answers this as
   * `recordedAt`, wherever it reads the event; else the instant of the append.
   */
  recordedAt?: string;
}>;

/** `any`: whatever is there; `noStream`: nothing yet; a number: the revision of the stream's last event. */
export type ExpectedRevision = 'any' | 'noStream' | number;

/** What one append takes: events for one stream, all or none. */
export type Append = Readonly<{
  stream: StreamName;
  events: readonly NewEvent[];
  expected: ExpectedRevision;
}>;

export type AppendResult = Readonly<{
  /** Revision of the stream's last event after this append. */
  revision: number;
  /** Position of the last event appended. */
  position: Position;
}>;

/** Which events of the log are wanted: those of any of the categories, or of any of the types. Nothing means all. */
export type EventFilter =
  | Readonly<{ categories: readonly StreamCategory[] }>
  | Readonly<{ types: readonly EventType[] }>;

/** Whether an event of this type and stream is wanted. */
export function passes(filter: EventFilter, { type, stream }: Pick<StoredEvent, 'type' | 'stream'>): boolean {
  if ('types' in filter) return filter.types.some((wanted) => wanted === type);
  return filter.categories.includes(categoryOf(stream));
}

export type ReadStreamOptions = Readonly<{
  direction?: 'forwards' | 'backwards';
  /** Inclusive. The default is the first event forwards, the last backwards. */
  fromRevision?: number;
  maxCount?: number;
}>;

export type ReadAllOptions = Readonly<{
  direction?: 'forwards' | 'backwards';
  /** Exclusive in both directions. The default is before the first event forwards, after the last backwards. */
  after?: Position;
  filter?: EventFilter;
  maxCount?: number;
}>;

/** What a subscription yields: the matching events up to `position`, in order; none where it only moved on. */
export type EventBatch = Readonly<{
  events: readonly StoredEvent[];
  /** Everything up to here has been seen: the place to resume from once `events` are handled. */
  position: Position;
  /** Whether the end of the log, as it was when this batch was read, has been reached. */
  caughtUp: boolean;
}>;

export type EventStore = Readonly<{
  /**
   * Appends all events to one stream, atomically, and answers when they are durable. Repeating an append with the
   * same event ids gives the first answer again. An empty list writes nothing, whatever it expects, and answers the stream's
   * last revision: -1 where there is no such stream.
   * Throws `WrongExpectedRevisionError`, `AppendTooLargeError`, `EventStoreUnavailableError`.
   */
  append(stream: StreamName, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult>;
  /**
   * Appends one after the other, each as `append` does, and answers when all are durable. At the first that fails it throws that one's
   * error: those before it stay, and those after it are not tried. For what comes in several streams, and is finished by somebody else
   * where this does not live to: a store on this machine makes it durable at once.
   */
  appendInTurn(appends: readonly Append[]): Promise<readonly AppendResult[]>;
  /** The events of one stream in order of revision; nothing where there is no such stream. */
  readStream(stream: StreamName, options?: ReadStreamOptions): AsyncIterable<StoredEvent>;
  /** The events of the whole log in order of position. Throws `UnknownPositionError`. */
  readAll(options?: ReadAllOptions): AsyncIterable<StoredEvent>;
  /**
   * Follows the log from after `after`: what is there, then what comes, without gap or repeat, until `signal` aborts
   * or the store is closed (then it ends, without an error). At most a bounded number of events is held for a slow reader. A
   * batch without events tells that the position has moved. Throws `EventStoreUnavailableError`: subscribe again from the last position;
   * and `UnknownPositionError`.
   */
  subscribe(
    options: Readonly<{ after: Position; filter?: EventFilter; signal: AbortSignal }>,
  ): AsyncIterable<EventBatch>;
  /** The position of the last event; `startPosition` where there is none. */
  lastPosition(): Promise<Position>;
  close(): Promise<void>;
}>;

/** `appendInTurn` of a store that can do no better than one append after the other. */
export async function appendOneByOne(
  { append }: Pick<EventStore, 'append'>,
  appends: readonly Append[],
): Promise<readonly AppendResult[]> {
  const results: AppendResult[] = [];
  for (const { stream, events, expected } of appends) results.push(await append(stream, events, expected));
  return results;
}

/**
 * Whether the log goes on from `position`: an event store may know of one that it is none of its own, or refuse to read on from it. Throws
 * `EventStoreUnavailableError`.
 */
export async function isPlaceIn(
  eventStore: Pick<EventStore, 'readAll'>,
  position: Position,
): Promise<boolean> {
  try {
    for await (const _ of eventStore.readAll({ after: position, maxCount: 1 })) break;
    return true;
  } catch (error) {
    if (error instanceof UnknownPositionError) return false;
    throw error;
  }
}

/** The stream is not where the append expected it. Load again, decide again. */
export class WrongExpectedRevisionError extends Error {
  override readonly name = 'WrongExpectedRevisionError';
  readonly stream: StreamName;
  readonly expected: ExpectedRevision;
  readonly actual: number | 'noStream';

  constructor(stream: StreamName, expected: ExpectedRevision, actual: number | 'noStream') {
    super(`${stream}: expected revision ${expected}, found ${actual}`);
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
  }
}

/** The position is none of this log's: another log gave it out, or somebody made it up. */
export class UnknownPositionError extends RangeError {
  override readonly name = 'UnknownPositionError';
}

/** The events of one append are larger, together, than the store takes. Nothing was written. */
export class AppendTooLargeError extends Error {
  override readonly name = 'AppendTooLargeError';
}

/** The store did not answer. An append that failed so may have landed: repeat it with the same event ids. */
export class EventStoreUnavailableError extends Error {
  override readonly name = 'EventStoreUnavailableError';
}

/** The largest append that every store takes, in bytes of JSON (EventStoreDB's own limit is 1 MiB). */
export const maxAppendBytes = 1_000_000;
