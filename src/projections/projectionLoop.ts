import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Position, type StoredEvent, startPosition } from '../domain/events.ts';
import { type RunningLoop, runBackgroundLoop } from '../ports/backgroundLoop.ts';
import type { Clock } from '../ports/clock.ts';
import { type EventStore, EventStoreUnavailableError } from '../ports/eventStore.ts';
import type { ReadModelStore } from '../ports/readModelStore.ts';
import type { Logger, Metrics } from '../ports/telemetry.ts';
import { type Batch, createEventApplier } from './applyEvents.ts';
import type { DrivenChangeFeed } from './changeFeed.ts';
import type { Projection } from './projection.ts';

/*
 * The one loop that runs all projections. It is
 *   - stopped: before `start()` and after `stop()`;
 *   - rebuilding: from the start of the log, because the rows are new, or were made by other projections, or reach further than
 *     the log does (another log, or an older copy of it); indexes are left for the end;
 *   - catching up: behind the log, from the position that the rows are at;
 *   - live: at the end of the log; every commit wakes it;
 *   - retrying: the log or the rows failed it, or one event did: then it has stopped just before that event, for read models must
 *     not lie, and comes back to it after a wait that doubles up to a bound, until a person or a newer program helps.
 * start: stopped → rebuilding | catching up → live. A failure leads from any of them to retrying, and the first batch that goes well
 * leads on to where it was. Only `stop` leads to stopped.
 */
export type ProjectionLoopState = 'stopped' | 'rebuilding' | 'catchingUp' | 'live' | 'retrying';

export type ProjectionLoopStatus = Readonly<{
  state: ProjectionLoopState;
  position: Position;
  /** Seconds since the read models were last known to show everything; 0 while they are live. */
  lagSeconds: number;
  /** Null once it goes well again. */
  lastError: string | null;
}>;

export type ProjectionLoopOptions = Readonly<{
  eventStore: EventStore;
  store: ReadModelStore;
  projections: readonly Projection[];
  feed: DrivenChangeFeed;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  retryMinMs: number;
  retryMaxMs: number;
  /** The most events in one transaction while it is behind. More are faster, and hold other work up for longer. */
  batchEvents: number;
}>;

export type ProjectionLoop = Readonly<{
  status(): ProjectionLoopStatus;
  /** Starts it, if it is stopped. */
  start(): void;
  /** Ends it after the batch at hand. Never throws. */
  stop(): Promise<void>;
  /**
   * Drops all rows and makes them again from the whole log, as it is now; the loop must be stopped. Throws what made it fail:
   * `UnreadableEventError`, `EventStoreUnavailableError`, `ReadModelStoreUnavailableError`.
   */
  rebuild(): Promise<Readonly<{ events: number; seconds: number }>>;
}>;

/** The loop, stopped. It feeds `feed`, and the gauge `projection_lag_seconds`. */
export function createProjectionLoop(options: ProjectionLoopOptions): ProjectionLoop {
  const { store, feed, clock, logger, metrics, retryMinMs, retryMaxMs } = options;
  const applyBatch = createEventApplier(store, options.projections);
  let running: RunningLoop | undefined;
  let mode: 'rebuilding' | 'catchingUp' | 'live' = 'catchingUp';
  let shownUntilMs = clock.nowMs();
  metrics.gauge('projection_lag_seconds', () => [{ labels: {}, value: status().lagSeconds }]);

  function status(): ProjectionLoopStatus {
    const { state = 'stopped', lastError = null } = running?.status() ?? {};
    const shown = state === 'running' || state === 'starting' ? mode : state;
    const lagMs = shown === 'live' ? 0 : Math.max(0, clock.nowMs() - shownUntilMs);
    return { state: shown, position: store.position(), lagSeconds: lagMs / 1000, lastError };
  }

  /** Applies what there is and what comes; with `untilCaughtUp`, what there is. Answers how many events that was. */
  async function followLog(
    signal: AbortSignal,
    goesWell: () => void,
    untilCaughtUp: boolean,
  ): Promise<number> {
    await prepare(options, logger);
    mode = store.position() === startPosition ? 'rebuilding' : 'catchingUp';
    let count = 0;
    for await (const batch of batches(options, signal)) {
      const { events, failure } = applyBatch(batch);
      count += events.length;
      if (events.length > 0) feed.advance(events, store.position());
      shownUntilMs = Date.parse(events.at(-1)?.recordedAt ?? '') || shownUntilMs;
      if (failure) throw failure.cause;
      if (batch.caughtUp) {
        if (mode !== 'live') await buildIndexes(store);
        shownUntilMs = clock.nowMs();
        mode = 'live';
      }
      goesWell();
      if (batch.caughtUp && untilCaughtUp) return count;
    }
    if (!signal.aborted) throw new EventStoreUnavailableError('the event log ended the subscription');
    return count;
  }

  return {
    status,
    start: () => {
      if (running !== undefined && running.status().state !== 'stopped') return;
      running = runBackgroundLoop(
        'projections',
        async (signal, { goesWell }) => {
          await followLog(signal, goesWell, false);
        },
        { clock, logger, metrics, backoff: { minMs: retryMinMs, maxMs: retryMaxMs } },
      );
    },
    stop: async () => {
      await running?.stop();
    },
    rebuild: async () => {
      if (status().state !== 'stopped') throw new Error('the projection loop runs: stop it before a rebuild');
      const startedMs = clock.nowMs();
      store.reset();
      const stopping = new AbortController();
      const events = await followLog(stopping.signal, () => {}, true).finally(() => stopping.abort());
      return { events, seconds: (clock.nowMs() - startedMs) / 1000 };
    },
  };
}

/** Drops rows that reach further than the log, and tells the feed where the rows are. */
async function prepare({ eventStore, store, feed }: ProjectionLoopOptions, logger: Logger): Promise<void> {
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
  { eventStore, store, batchEvents }: ProjectionLoopOptions,
  signal: AbortSignal,
): AsyncGenerator<Batch & { readonly caughtUp: boolean }> {
  let events: StoredEvent[] = [];
  for await (const batch of eventStore.subscribe({ after: store.position(), signal })) {
    events = events.length === 0 ? [...batch.events] : events.concat(batch.events);
    if (!batch.caughtUp && events.length < batchEvents) continue;
    yield { events, position: batch.position, caughtUp: batch.caughtUp };
    events = [];
  }
}

/** One at a time: a large index takes a second, and others want their turn. */
async function buildIndexes(store: ReadModelStore): Promise<void> {
  while (store.buildNextIndex()) await nextTurn();
}
