import type { Aggregate } from '../domain/decider.ts';
import type { DomainEvent, StreamName } from '../domain/events.ts';
import { parseEvent } from '../domain/parseEvent.ts';
import type { EventStore } from '../ports/eventStore.ts';

/** What a stream folds into, and where it stood: the revision to expect when appending what is decided on it. */
export type LoadedState<State> = Readonly<{ state: State; revision: number | 'noStream' }>;

/**
 * Reads and folds the whole of `stream`; the initial state where there is no such stream. `stream` must be of the aggregate's own
 * category. Throws `EventStoreUnavailableError`, and `UnreadableEventError` for a broken log.
 */
export async function loadState<State, Event extends DomainEvent>(
  eventStore: EventStore,
  aggregate: Aggregate<State, Event>,
  stream: StreamName,
): Promise<LoadedState<State>> {
  let state = aggregate.initialState;
  let revision: number | 'noStream' = 'noStream';
  for await (const stored of eventStore.readStream(stream)) {
    // A stream holds only its category's events, so the union narrows to the aggregate's.
    state = aggregate.evolve(state, parseEvent(stored) as unknown as Event);
    revision = stored.revision;
  }
  return { state, revision };
}
