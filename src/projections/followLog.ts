import { setImmediate as nextTurn } from 'node:timers/promises';
import { type StoredEvent, startPosition } from '../domain/events.ts';
import type { Clock } from '../ports/clock.ts';
import { type EventStore, EventStoreUnavailableError } from '../ports/eventStore.ts';
import type { ReadModelStore } from '../ports/readModelStore.ts';
import type { Logger } from '../ports/telemetry.ts';
import { type Batch, createEventApplier } from './applyEvents.ts';
import type { DrivenChangeFeed } from './changeFeed.ts';
import type { Projection } from './projection.ts';

export type LogFollowerOptions = Readonly<{
  eventStore: EventStore;
  store: ReadModelStore;
  projections: readonly Projection[];
  feed: DrivenChangeFeed;
  clock: Clock;
  logger: Logger;
  /** The most events in one transaction while it is behind. More are a little faster, and hold other work up for longer. */
  batchEvents: number;
}>;

/** Brings the read models after the log; see projectionLoop.ts for its modes. */
export type LogFollower = Readonly<{
  mode(): 'rebuilding' | 'catchingUp' | 'live';
  /** When the read models were last known to show everything; while they are behind, the time of the last event that they show. */
  shownUntilMs(): number;
  /**
   * Applies what there is and what comes until `signal` aborts; with `untilCaughtUp`, only what there is. Calls `goesWell` after each batch.
   * Answers how many events it applied. Throws what stopped it: the rows are then right up to there.
   */
  follow(
    options: Readonly<{ signal: AbortSignal; goesWell: () => void; untilCaughtUp: boolean }>,
  ): Promise<number>;
}>;

export function createLogFollower(options: LogFollowerOptions): LogFollower {
  const { store, feed, clock } = options;
  const applyBatch = createEventApplier(store, options.projections);
  let mode: ReturnType<LogFollower['mode']> = 'catchingUp';
  let shownUntilMs = clock.nowMs();

  const becomeLive = async () => {
    if (mode !== 'live') await buildIndexes(store);
    shownUntilMs = clock.nowMs();
    mode = 'live';
  };

  return {
    mode: () => mode,
    shownUntilMs: () => shownUntilMs,
    follow: async ({ signal, goesWell, untilCaughtUp }) => {
      await prepare(options);
      mode = store.position() === startPosition ? 'rebuilding' : 'catchingUp';
      let count = 0;
      for await (const batch of batches(options, signal)) {
        const { events, failure } = applyBatch(batch);
        const last = events.at(-1);
        if (last) {
          count += events.length;
          shownUntilMs = Date.parse(last.recordedAt);
          feed.advance(events, store.position());
        }
        if (failure) throw failure.cause;
        if (batch.caughtUp) await becomeLive();
        goesWell();
        if (batch.caughtUp && untilCaughtUp) return count;
      }
      if (!signal.aborted) throw new EventStoreUnavailableError('the event log ended the subscription');
      return count;
    },
  };
}

/** Drops rows that reach further than the log, and tells the feed where the rows are. */
async function prepare({ eventStore, store, feed, logger }: LogFollowerOptions): Promise<void> {
  const end = await eventStore.lastPosition();
  if (end < store.position()) {
    const fields = { readModels: store.position(), eventLog: end };
    logger.warn(fields, 'the read models are ahead of the event log, so they are of another: rebuilding');
    store.reset();
  }
  if (feed.position() !== store.position()) feed.restart(store.position());
}

/** The log from the rows' position on: small batches as they come, large ones while it is behind. */
async function* batches(
  { eventStore, store, batchEvents }: LogFollowerOptions,
  signal: AbortSignal,
): AsyncGenerator<Batch & { readonly caughtUp: boolean }> {
  let events: readonly StoredEvent[] = [];
  for await (const batch of eventStore.subscribe({ after: store.position(), signal })) {
    events = events.length === 0 ? batch.events : [...events, ...batch.events];
    if (!batch.caughtUp && events.length < batchEvents) continue;
    yield { events, position: batch.position, caughtUp: batch.caughtUp };
    events = [];
  }
}

/** One at a time: a large index takes a second, and others want their turn. */
async function buildIndexes(store: ReadModelStore): Promise<void> {
  while (store.buildNextIndex()) await nextTurn();
}
