import { randomUUID } from 'node:crypto';
import { MaxAppendSizeExceededError, NO_STREAM, WrongExpectedVersionError } from '@eventstore/db-client';
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
import { createAppendCalls } from './eventStoreAppendCall.ts';
import {
  appendRequest,
  type ProposedEvent,
  proposedBytes,
  toProposedEvent,
} from './eventStoreAppendRequest.ts';
import type { EventStoreConnection } from './eventStoreConnection.ts';
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

/** Order among the appends of one caller comes from waiting for the answer, as everywhere in oneoff. */
export function createEventStoreAppender(
  connection: EventStoreConnection,
  { appendTimeoutMs, maxPendingAppends, readStream }: EventStoreAppenderOptions,
): EventStoreAppender {
  const calls = createAppendCalls(connection);
  const pending = new Set<Promise<unknown>>();

  async function append(
    stream: StreamName,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    connection.assertOpen();
    const proposed = events.map(toProposedEvent);
    assertSize(stream, proposed);
    if (events.length === 0) return lastOf(stream);
    if (pending.size >= maxPendingAppends) throw tooManyPending(maxPendingAppends);
    const call = send(stream, proposed, expected);
    pending.add(call);
    try {
      return await call;
    } catch (error) {
      throw appendFailure(error, stream, expected);
    } finally {
      pending.delete(call);
    }
  }

  async function send(
    stream: StreamName,
    events: readonly ProposedEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    const id = randomUUID();
    const request = appendRequest(id, connection.names.toServer(stream), events, expected);
    const answer = await answerWithin(appendTimeoutMs, stream, calls.send(id, request)).finally(() =>
      calls.giveUp(id),
    );
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

/** Throws `AppendTooLargeError`. */
function assertSize(stream: StreamName, events: readonly ProposedEvent[]): void {
  const bytes = events.reduce((sum, event) => sum + proposedBytes(event), 0);
  if (bytes > maxAppendBytes) {
    throw new AppendTooLargeError(
      `${stream}: an append of ${bytes} bytes; the most is ${maxAppendBytes} bytes`,
    );
  }
}

async function firstOf(events: AsyncIterable<StoredEvent>): Promise<StoredEvent | undefined> {
  for await (const event of events) return event;
  return undefined;
}

/** The call has no deadline, and there is none while the client looks for a server. */
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
