import { setImmediate as nextTurn } from 'node:timers/promises';
import { startPosition, streamCategories } from '../domain/events.ts';
import type { Clock } from '../ports/clock.ts';
import { type EventStore, EventStoreUnavailableError, isPlaceIn } from '../ports/eventStore.ts';
import type { ReadModelStore } from '../ports/readModelStore.ts';
import type { Logger } from '../ports/telemetry.ts';
import { type Applied, createEventApplier } from './applyEvents.ts';
import type { DrivenChangeFeed } from './changeFeed.ts';
import type { Projection } from './projection.ts';

export type LogFollowerOptions = Readonly<{
  eventStore: EventStore;
  store: ReadModelStore;
  projections: readonly Projection[];
  feed: DrivenChangeFeed;
  clock: Clock;
  logger: Logger;
  /** So many events, and up to a page more, share a transaction while it is behind: then a job's row is written once, not at each event. */
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

  /** Keeps what was applied, and tells of it by `tell`. Throws what stopped it. */
  const show = ({ events, position, failure }: Applied, tell: () => void): void => {
    const last = events.at(-1);
    if (last) shownUntilMs = Date.parse(last.recordedAt);
    if (position !== store.position()) {
      store.keep(position);
      tell();
    }
    if (failure) throw failure.cause;
  };

  /** Shows what was missed, many events at a time, up to the end of the log; answers how many there were. */
  const catchUp = async (signal: AbortSignal, goesWell: () => void): Promise<number> => {
    const filter = { categories: shownCategories };
    let position = store.position();
    let count = 0;
    let unkept = 0;
    for await (const batch of eventStore.subscribe({ after: position, filter, signal })) {
      const applied = applyBatch(batch, position);
      position = applied.position;
      count += applied.events.length;
      unkept += applied.events.length;
      if (unkept < options.batchEvents && !applied.failure && !batch.caughtUp) continue;
      show(applied, () => feed.restart(position));
      goesWell();
      if (batch.caughtUp) return count;
      unkept = 0;
    }
    if (!signal.aborted) throw subscriptionEnded();
    return count;
  };

  return {
    mode: () => mode,
    shownUntilMs: () => shownUntilMs,
    follow: async ({ signal, goesWell, untilCaughtUp }) => {
      await prepare(options);
      mode = store.position() === startPosition ? 'rebuilding' : 'catchingUp';
      let count = await catchUp(signal, goesWell);
      if (untilCaughtUp && !signal.aborted) await becomeLive();
      if (untilCaughtUp || signal.aborted) return count;
      for await (const batch of eventStore.subscribe({ after: store.position(), signal })) {
        const applied = applyBatch(batch, store.position());
        show(applied, () => feed.advance(applied.events, applied.position));
        count += applied.events.length;
        if (batch.caughtUp) await becomeLive();
        goesWell();
      }
      if (!signal.aborted) throw subscriptionEnded();
      return count;
    },
  };
}

/** Drops rows that are of another log, forgets what was not kept, and tells the feed where the rows are. */
async function prepare({ eventStore, store, feed, logger }: LogFollowerOptions): Promise<void> {
  const end = await eventStore.lastPosition();
  store.forget();
  if (end < store.position() || !(await isPlaceIn(eventStore, store.position()))) {
    const fields = { readModels: store.position(), eventLog: end };
    logger.warn(fields, 'the read models are of another event log than this one: rebuilding');
    store.reset();
  }
  if (feed.position() !== store.position()) feed.restart(store.position());
}

/** No read model shows the claims of idempotency keys, a fifth of the events and a third of their bytes. */
const shownCategories = streamCategories.filter((category) => category !== 'idempotency');

function subscriptionEnded(): EventStoreUnavailableError {
  return new EventStoreUnavailableError('the event log ended the subscription');
}

/** One at a time: a large index takes a second, and others want their turn. */
async function buildIndexes(store: ReadModelStore): Promise<void> {
  while (store.buildNextIndex()) await nextTurn();
}
