import { type DomainEvent, eventSchemas, type StreamName } from '../domain/events.ts';
import { presentVersion } from '../domain/upcast.ts';
import {
  type AppendResult,
  type EventStore,
  EventStoreUnavailableError,
  type ExpectedRevision,
  type NewEvent,
  WrongExpectedRevisionError,
} from '../ports/eventStore.ts';
import type { IdGenerator } from '../ports/idGenerator.ts';
import { defaultCommandRetries } from './commandRetries.ts';
import type { CommandContext, CommandDependencies } from './handleCommand.ts';

/**
 * `events` as they are stored: each with an id of its own, `context` as metadata, at its type's present schema version. Throws for
 * data that does not fit its schema: once in the log, such an event would make its whole stream unreadable.
 */
export function toNewEvents(
  ids: IdGenerator,
  context: CommandContext,
  events: readonly DomainEvent[],
): readonly NewEvent[] {
  const { workspaceId, actor, correlationId, causationId, traceparent } = context;
  return events.map(({ type, data }) => ({
    id: ids.uuid(),
    type,
    data: eventSchemas[type].parse(data),
    metadata: {
      workspaceId,
      actor,
      correlationId,
      causationId,
      traceparent,
      schemaVersion: presentVersion(type),
    },
  }));
}

/**
 * Appends `events`, and repeats the same append when the store does not answer, since it may have landed. Where a repeat finds the
 * stream moved on, it looks whether its own events moved it: then that is success. Throws `WrongExpectedRevisionError` where another
 * writer came first, `AppendTooLargeError`, and `EventStoreUnavailableError` after `unavailableAttempts`.
 */
export async function appendDurably(
  deps: CommandDependencies,
  stream: StreamName,
  events: readonly NewEvent[],
  expected: ExpectedRevision,
): Promise<AppendResult> {
  const { unavailableAttempts, unavailableRetryMs } = deps.retries ?? defaultCommandRetries;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await deps.eventStore.append(stream, events, expected);
    } catch (error) {
      if (error instanceof WrongExpectedRevisionError && attempt > 1) {
        const landed = await findAppended(deps.eventStore, stream, events);
        if (landed !== undefined) return landed;
      }
      if (!(error instanceof EventStoreUnavailableError) || attempt >= unavailableAttempts) throw error;
      await deps.clock.sleep(unavailableRetryMs * 2 ** (attempt - 1));
    }
  }
}

/** Where `events` stand in `stream`, as told by the id of the last of them; undefined where they are not in it. */
export async function findAppended(
  eventStore: EventStore,
  stream: StreamName,
  events: readonly NewEvent[],
): Promise<AppendResult | undefined> {
  const lastId = events.at(-1)?.id;
  // They are more often near the end than near the start of a long stream.
  for await (const stored of eventStore.readStream(stream, { direction: 'backwards' })) {
    if (stored.id === lastId) return { revision: stored.revision, position: stored.position };
  }
  return undefined;
}
