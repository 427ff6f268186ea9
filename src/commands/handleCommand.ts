import type { Actor } from '../domain/actor.ts';
import type { Aggregate } from '../domain/decider.ts';
import { DomainError } from '../domain/errors.ts';
import type { DomainEvent, Position, StreamName } from '../domain/events.ts';
import type { WorkspaceId } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import { type AppendResult, type EventStore, WrongExpectedRevisionError } from '../ports/eventStore.ts';
import type { IdGenerator } from '../ports/idGenerator.ts';
import { appendDurably, toNewEvents } from './appendEvents.ts';
import { type CommandRetries, defaultCommandRetries } from './commandRetries.ts';
import { keptState, type LoadedState, loadState } from './loadState.ts';
import type { StateCache } from './stateCache.ts';

/** For whom a command acts and what led to it: becomes the metadata of every event that it appends. */
export type CommandContext = Readonly<{
  workspaceId: WorkspaceId;
  actor: Actor;
  correlationId: string;
  causationId: string | null;
  traceparent: string | null;
}>;

export type CommandDependencies = Readonly<{
  eventStore: EventStore;
  clock: Clock;
  ids: IdGenerator;
  /** Where absent, each load reads the whole stream. */
  states?: StateCache;
  /** `defaultCommandRetries` where absent. */
  retries?: CommandRetries;
}>;

export type CommandResult<State> = Readonly<{
  /** The stream's state with what the command appended. */
  state: State;
  /** Position of the last event that the command appended; null where it had nothing to say. */
  position: Position | null;
  appended: number;
}>;

/**
 * Asks `decide` for events and appends them at the revision that it decided on; when another writer came first, decides again. The first time it
 * decides on the state that was kept of `stream`, if any: an append at that revision tells whether it still holds. To say nothing, or to refuse,
 * it takes the stream as it is now. Throws what `decide` throws; `DomainError` `CONFLICT` after `conflictAttempts`; `AppendTooLargeError`; and
 * `EventStoreUnavailableError`, after which the events may or may not be there: the same command again is safe, as deciders are
 * silent on what has happened already.
 */
export async function handleCommand<State, Event extends DomainEvent>(
  deps: CommandDependencies,
  aggregate: Aggregate<State, Event>,
  stream: StreamName,
  context: CommandContext,
  decide: (state: State) => readonly Event[],
): Promise<CommandResult<State>> {
  const { conflictAttempts } = deps.retries ?? defaultCommandRetries;
  for (let attempt = 1; attempt <= conflictAttempts; attempt += 1) {
    const onKept = attempt === 1 ? decideOnKept(keptState<State>(deps.states, stream), decide) : undefined;
    const loaded = onKept?.loaded ?? (await loadState(deps, aggregate, stream));
    const events = onKept?.events ?? decide(loaded.state);
    if (events.length === 0) return { state: loaded.state, position: null, appended: 0 };
    const appended = await appendAt(deps, stream, loaded, context, events);
    if (appended !== 'conflict') {
      const state = events.reduce(aggregate.evolve, loaded.state);
      deps.states?.set(stream, { state, revision: appended.revision });
      return { state, position: appended.position, appended: events.length };
    }
  }
  throw new DomainError('CONFLICT', `${stream}: others changed it ${conflictAttempts} times in a row`, {
    stream,
    attempts: conflictAttempts,
  });
}

/** Undefined where there is nothing to append. */
function decideOnKept<State, Event extends DomainEvent>(
  kept: LoadedState<State> | undefined,
  decide: (state: State) => readonly Event[],
): Readonly<{ loaded: LoadedState<State>; events: readonly Event[] }> | undefined {
  if (kept === undefined) return undefined;
  try {
    const events = decide(kept.state);
    return events.length === 0 ? undefined : { loaded: kept, events };
  } catch (error) {
    if (error instanceof DomainError) return undefined;
    throw error;
  }
}

async function appendAt<State>(
  deps: CommandDependencies,
  stream: StreamName,
  loaded: LoadedState<State>,
  context: CommandContext,
  events: readonly DomainEvent[],
): Promise<AppendResult | 'conflict'> {
  try {
    return await appendDurably(deps, stream, toNewEvents(deps.ids, context, events), loaded.revision);
  } catch (error) {
    if (error instanceof WrongExpectedRevisionError) return 'conflict';
    throw error;
  }
}
