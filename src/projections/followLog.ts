import { setImmediate as nextTurn } from 'node:timers/promises';
import { type RecordedEvent, type StoredEvent, startPosition, streamCategories } from '../domain/events.ts';
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
  const { eventStore, store, feed, clock } = options;
  const applyBatch = createEventApplier(store, options.projections);
  let mode: ReturnType<LogFollower['mode']> = 'catchingUp';
  let shownUntilMs = clock.nowMs();

  const becomeLive = async () => {
    if (mode !== 'live') await buildIndexes(store);
    shownUntilMs = clock.nowMs();
    mode = 'live';
  };

  const show = (batch: Batch, tell: (events: readonly RecordedEvent[]) => void): number => {
    const from = store.position();
    const { events, failure } = applyBatch(batch);
    const last = events.at(-1);
    if (last) shownUntilMs = Date.parse(last.recordedAt);
    if (store.position() !== from) tell(events);
    if (failure) throw failure.cause;
    return events.length;
  };

  return {
    mode: () => mode,
    shownUntilMs: () => shownUntilMs,
    follow: async ({ signal, goesWell, untilCaughtUp }) => {
      await prepare(options);
      mode = store.position() === startPosition ? 'rebuilding' : 'catchingUp';
      let count = 0;
      for await (const batch of missed(options, signal)) {
        count += show(batch, () => feed.restart(store.position()));
        goesWell();
      }
      if (signal.aborted) return count;
      if (untilCaughtUp) {
        await becomeLive();
        return count;
      }
      for await (const batch of eventStore.subscribe({ after: store.position(), signal })) {
        count += show(batch, (events) => feed.advance(events, store.position()));
        if (batch.caughtUp) await becomeLive();
        goesWell();
      }
      if (!signal.aborted) throw subscriptionEnded();
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

/** No read model shows the claims of idempotency keys, which are the larger part of the log. */
const shownCategories = streamCategories.filter((category) => category !== 'idempotency');

/** What the read models have missed, in large batches, up to the end of the log or until `signal` aborts. */
async function* missed(
  { eventStore, store, batchEvents }: LogFollowerOptions,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  let events: StoredEvent[] = [];
  const filter = { categories: shownCategories };
  for await (const batch of eventStore.subscribe({ after: store.position(), filter, signal })) {
    for (const event of batch.events) events.push(event);
    if (!batch.caughtUp && events.length < batchEvents) continue;
    yield { events, position: batch.position };
    if (batch.caughtUp) return;
    events = [];
  }
  if (!signal.aborted) throw subscriptionEnded();
}

function subscriptionEnded(): EventStoreUnavailableError {
  return new EventStoreUnavailableError('the event log ended the subscription');
}

/** One at a time: a large index takes a second, and others want their turn. */
async function buildIndexes(store: ReadModelStore): Promise<void> {
  while (store.buildNextIndex()) await nextTurn();
}
