import {
  ANY,
  type AppendExpectedRevision,
  type JSONType,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { type StoredEvent, type StreamName, startPosition } from '../../domain/events.ts';
import {
  type AppendResult,
  AppendTooLargeError,
  type EventStore,
  EventStoreUnavailableError,
  type ExpectedRevision,
  maxAppendBytes,
  type NewEvent,
  WrongExpectedRevisionError,
} from '../../ports/eventStore.ts';
import type { EventStoreConnection } from './eventStoreConnection.ts';
import { toServerMetadata } from './eventStoreEvent.ts';
import { eventStoreFailure } from './eventStoreFailure.ts';
import { toPosition } from './eventStorePosition.ts';
import type { EventStoreReader } from './eventStoreReader.ts';

export type EventStoreAppenderOptions = Readonly<{
  /** The longest that an append may take; after that it fails, and may have landed all the same. */
  appendTimeoutMs: number;
  /** The most appends under way; one more is refused at once. */
  maxPendingAppends: number;
  readStream: EventStoreReader['readStream'];
}>;

export type EventStoreAppender = Readonly<{
  append: EventStore['append'];
  /** Answers when no append is under way. */
  idle(): Promise<void>;
}>;

/** Appends by one call each. Order among the appends of one caller comes from waiting for the answer, as everywhere in oneoff. */
export function createEventStoreAppender(
  connection: EventStoreConnection,
  { appendTimeoutMs, maxPendingAppends, readStream }: EventStoreAppenderOptions,
): EventStoreAppender {
  const { client, names } = connection;
  const pending = new Set<Promise<unknown>>();

  async function append(
    stream: StreamName,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    connection.assertOpen();
    assertSize(stream, events);
    if (events.length === 0) return lastOf(stream);
    if (pending.size >= maxPendingAppends) throw tooManyPending(maxPendingAppends);
    const call = answerWithin(appendTimeoutMs, stream, send(stream, events, expected));
    pending.add(call);
    try {
      return await call;
    } catch (error) {
      throw appendFailure(error, stream, expected);
    } finally {
      pending.delete(call);
    }
  }

  async function send(stream: StreamName, events: readonly NewEvent[], expected: ExpectedRevision) {
    const answer = await client.appendToStream(names.toServer(stream), events.map(toServerEvent), {
      expectedRevision: toServerRevision(expected),
      // Frees what the client holds for an append that was given up.
      deadline: appendTimeoutMs + 1_000,
    });
    const revision = Number(answer.nextExpectedRevision);
    if (answer.position) return { revision, position: toPosition(answer.position) };
    const last = await firstOf(readStream(stream, { fromRevision: revision, maxCount: 1 }));
    if (!last) throw new EventStoreUnavailableError(`${stream}: the event store lost revision ${revision}`);
    return { revision, position: last.position };
  }

  async function lastOf(stream: StreamName): Promise<AppendResult> {
    const last = await firstOf(readStream(stream, { direction: 'backwards', maxCount: 1 }));
    return last
      ? { revision: last.revision, position: last.position }
      : { revision: -1, position: startPosition };
  }

  return {
    append,
    idle: async () => {
      await Promise.allSettled(pending);
    },
  };
}

/** Throws `AppendTooLargeError`; a `TypeError` for data that JSON cannot hold. */
function assertSize(stream: StreamName, events: readonly NewEvent[]): void {
  const bytes = events.reduce((sum, { data, metadata }) => sum + jsonBytes(data) + jsonBytes(metadata), 0);
  if (bytes > maxAppendBytes) {
    throw new AppendTooLargeError(
      `${stream}: an append of ${bytes} bytes; the most is ${maxAppendBytes} bytes`,
    );
  }
}

function jsonBytes(value: unknown): number {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new TypeError(`An event's data is JSON, not ${typeof value}`);
  return Buffer.byteLength(json);
}

function toServerEvent(event: NewEvent) {
  const { id, type, data } = event;
  return jsonEvent({ id, type, data: data as JSONType, metadata: toServerMetadata(event) });
}

function toServerRevision(expected: ExpectedRevision): AppendExpectedRevision {
  if (expected === 'any') return ANY;
  return expected === 'noStream' ? NO_STREAM : BigInt(expected);
}

async function firstOf(events: AsyncIterable<StoredEvent>): Promise<StoredEvent | undefined> {
  for await (const event of events) return event;
  return undefined;
}

/** The client's own deadline does not hold while it looks for a server. */
function answerWithin<Answer>(timeoutMs: number, stream: StreamName, call: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const expire = () => reject(lateAnswer(stream, timeoutMs));
    const timer = setTimeout(expire, timeoutMs);
    call.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function appendFailure(error: unknown, stream: StreamName, expected: ExpectedRevision): unknown {
  if (error instanceof WrongExpectedVersionError) {
    const actual = error.actualVersion === NO_STREAM ? 'noStream' : Number(error.actualVersion);
    return new WrongExpectedRevisionError(stream, expected, actual);
  }
  if (error instanceof MaxAppendSizeExceededError) {
    const message = `${stream}: an append of more than ${error.maxAppendSize} bytes, the most that this server takes`;
    return new AppendTooLargeError(message, { cause: error });
  }
  return eventStoreFailure(error, `appended to (${stream})`);
}

function lateAnswer(stream: StreamName, timeoutMs: number): EventStoreUnavailableError {
  return new EventStoreUnavailableError(
    `${stream}: the event store has not answered an append for ${timeoutMs} ms; it may have landed`,
  );
}

function tooManyPending(bound: number): EventStoreUnavailableError {
  return new EventStoreUnavailableError(
    `The event store has ${bound} appends under way, the most it takes: try again`,
  );
}
