import type { Aggregate } from '../domain/decider.ts';
import type { DomainEvent, StreamName } from '../domain/events.ts';
import { parseEvent } from '../domain/parseEvent.ts';
import type { CommandDependencies } from './handleCommand.ts';
import type { StateCache } from './stateCache.ts';

/** What a stream folds into, and where it stood: the revision to expect when appending what is decided on it. */
export type LoadedState<State> = Readonly<{ state: State; revision: number | 'noStream' }>;

/**
 * Reads and folds the whole of `stream`, or of what came since `states` kept it; the initial state where there is no such stream. `stream`
 * must be of the aggregate's own category. Throws `EventStoreUnavailableError`, and `UnreadableEventError` for a broken log.
 */
export async function loadState<State, Event extends DomainEvent>(
  deps: Pick<CommandDependencies, 'eventStore' | 'states'>,
  aggregate: Aggregate<State, Event>,
  stream: StreamName,
): Promise<LoadedState<State>> {
  const read = () => readState(deps, aggregate, stream);
  if (deps.states === undefined) return read();
  // A stream is of one category, which has one aggregate: whoever shares the read folds as this one does.
  return deps.states.shared(stream, read) as Promise<LoadedState<State>>;
}

async function readState<State, Event extends DomainEvent>(
  { eventStore, states }: Pick<CommandDependencies, 'eventStore' | 'states'>,
  aggregate: Aggregate<State, Event>,
  stream: StreamName,
): Promise<LoadedState<State>> {
  const kept = keptState<State>(states, stream);
  let loaded: LoadedState<State> = kept ?? { state: aggregate.initialState, revision: 'noStream' };
  const fromRevision = loaded.revision === 'noStream' ? 0 : loaded.revision + 1;
  for await (const stored of eventStore.readStream(stream, { fromRevision })) {
    // A stream holds only its category's events, so the union narrows to the aggregate's.
    const state = aggregate.evolve(loaded.state, parseEvent(stored) as unknown as Event);
    loaded = { state, revision: stored.revision };
  }
  if (loaded.revision !== 'noStream') states?.set(stream, loaded);
  return loaded;
}

/** What `stream` was last seen to fold into: it may have gone on since. */
export function keptState<State>(
  states: StateCache | undefined,
  stream: StreamName,
): LoadedState<State> | undefined {
  // A stream is of one category, which has one aggregate: what was kept of it was folded by this one.
  return states?.get(stream) as LoadedState<State> | undefined;
}
