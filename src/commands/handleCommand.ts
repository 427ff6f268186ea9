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
import { type LoadedState, loadState } from './loadState.ts';
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
 * Loads `stream`, asks `decide` for events and appends them at the revision that was loaded; when another writer came first, loads
 * and decides again. Throws what `decide` throws; `DomainError` `CONFLICT` after `conflictAttempts`; `AppendTooLargeError`; and
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
    const loaded = await loadState(deps, aggregate, stream);
    const events = decide(loaded.state);
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
