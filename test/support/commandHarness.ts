import { join } from 'node:path';
import { createSqliteEventStore } from '../../src/adapters/sqlite/eventStore.ts';
import type { CommandContext, CommandDependencies } from '../../src/commands/handleCommand.ts';
import type { RecordedEvent, StoredEvent, StreamName } from '../../src/domain/events.ts';
import { parseEvent } from '../../src/domain/parseEvent.ts';
import {
  appendOneByOne,
  type EventStore,
  EventStoreUnavailableError,
  WrongExpectedRevisionError,
} from '../../src/ports/eventStore.ts';
import { countingIds, manualClock } from './manualClock.ts';
import { tokenActor, workspaceId } from './samples.ts';
import { tempFolder } from './tempFolder.ts';

export const commandContext: CommandContext = {
  workspaceId,
  actor: tokenActor,
  correlationId: 'correlation-1',
  causationId: null,
  traceparent: null,
};

export type CommandHarness = {
  deps: CommandDependencies;
  store: EventStore;
  /** The waits that commands asked for, in milliseconds: they pass at once. */
  sleptMs: number[];
  events: (stream: StreamName) => Promise<RecordedEvent[]>;
  close: () => Promise<void>;
};

/** What commands need, on a real SQLite event log in a folder of its own. */
export async function commandHarness(): Promise<CommandHarness> {
  const folder = await tempFolder();
  const clock = manualClock();
  const sleptMs: number[] = [];
  const store = createSqliteEventStore({ path: join(folder.path, 'events.db'), clock });
  const sleep = async (ms: number) => {
    sleptMs.push(ms);
    clock.advance(ms);
  };
  return {
    deps: { eventStore: store, clock: { ...clock, sleep }, ids: countingIds() },
    store,
    sleptMs,
    events: (stream) => parseAll(store.readStream(stream)),
    close: async () => {
      await store.close();
      await folder.remove();
    },
  };
}

/** All events of a read, parsed. */
export async function parseAll(stored: AsyncIterable<StoredEvent>): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of stored) events.push(parseEvent(event));
  return events;
}

/**
 * How an append goes wrong: its request is lost, its answer is lost, the store no longer knows that it had it before, or `before` runs
 * ahead of it.
 */
export type AppendFault =
  | 'requestLost'
  | 'answerLost'
  | 'repeatForgotten'
  | 'none'
  | { before: () => Promise<unknown> };

/** `store` over a bad connection: `faultOf` says, for each append in turn (from 0), what becomes of it. */
export function overBadConnection(
  store: EventStore,
  faultOf: (append: number, stream: StreamName) => AppendFault,
): EventStore {
  let appends = 0;
  const append: EventStore['append'] = async (stream, events, expected) => {
    const fault = faultOf(appends++, stream);
    if (fault === 'requestLost') throw new EventStoreUnavailableError('the request was lost');
    if (fault === 'repeatForgotten') throw new WrongExpectedRevisionError(stream, expected, 0);
    if (typeof fault === 'object') await fault.before();
    const result = await store.append(stream, events, expected);
    if (fault === 'answerLost') throw new EventStoreUnavailableError('the answer was lost');
    return result;
  };
  return { ...store, append, appendInTurn: (all) => appendOneByOne({ append }, all) };
}
