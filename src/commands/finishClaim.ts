import {
  type EventType,
  eventSchemas,
  type IdempotencyEvent,
  type RecordedEvent,
  type StreamName,
  streamCategories,
} from '../domain/events.ts';
import { UnreadableEventError } from '../domain/parseEvent.ts';
import type { AppendResult, NewEvent } from '../ports/eventStore.ts';
import { appendOnce } from './appendOnce.ts';
import type { CommandDependencies } from './handleCommand.ts';

/**
 * Appends what a claimed key promised, unless it is there: for a process that goes through the claims after a crash, and for a request that
 * repeats the key. The events are those that the claiming request would have appended, ids and metadata included, and the answer is where
 * they stand. Throws `DomainError` `CONFLICT` or `EventStoreUnavailableError`, after which it may be called again, and
 * `UnreadableEventError` for a broken claim.
 */
export async function finishClaim(
  deps: CommandDependencies,
  claim: RecordedEvent<IdempotencyEvent>,
): Promise<AppendResult> {
  const { stream, events } = claim.data;
  if (!isStreamName(stream)) throw unreadable(claim, `stream ${stream}`);
  const targets = events.map(({ id, type, data, schemaVersion }): NewEvent => {
    if (!isEventType(type)) throw unreadable(claim, `event type ${type}`);
    return { id, type, data, metadata: { ...claim.metadata, schemaVersion } };
  });
  return appendOnce(deps, stream, targets);
}

function isStreamName(name: string): name is StreamName {
  return streamCategories.some((category) => name.startsWith(`${category}-`));
}

function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventSchemas, type);
}

function unreadable(claim: RecordedEvent<IdempotencyEvent>, what: string): UnreadableEventError {
  return new UnreadableEventError(`${claim.stream}@${claim.revision}: a claim of an unknown ${what}`);
}
