import type { Position } from '../domain/events.ts';
import { type RunningLoop, runBackgroundLoop } from '../ports/backgroundLoop.ts';
import type { Metrics } from '../ports/telemetry.ts';
import { createLogFollower, type LogFollowerOptions } from './followLog.ts';

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
  /** Failures in a row. */
  retries: number;
}>;

export type ProjectionLoopOptions = LogFollowerOptions &
  Readonly<{ metrics: Metrics; retryMinMs: number; retryMaxMs: number }>;

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
  const { store, clock, logger, metrics, retryMinMs, retryMaxMs } = options;
  const follower = createLogFollower(options);
  const backoff = { minMs: retryMinMs, maxMs: retryMaxMs };
  let running: RunningLoop | undefined;

  function status(): ProjectionLoopStatus {
    const { state: loopState = 'stopped', lastError = null, retries = 0 } = running?.status() ?? {};
    const state = loopState === 'running' || loopState === 'starting' ? follower.mode() : loopState;
    const lagMs = state === 'live' ? 0 : Math.max(0, clock.nowMs() - follower.shownUntilMs());
    return { state, position: store.position(), lagSeconds: lagMs / 1000, lastError, retries };
  }
  metrics.gauge('projection_lag_seconds', () => [{ labels: {}, value: status().lagSeconds }]);

  return {
    status,
    start: () => {
      if (status().state !== 'stopped') return;
      running = runBackgroundLoop(
        'projections',
        async (signal, { goesWell }) => {
          await follower.follow({ signal, goesWell, untilCaughtUp: false });
        },
        { clock, logger, metrics, backoff },
      );
    },
    stop: async () => {
      await running?.stop();
    },
    rebuild: async () => {
      if (status().state !== 'stopped') throw new Error('the projection loop runs: stop it before a rebuild');
      const startedMs = clock.nowMs();
      store.reset();
      const { signal } = new AbortController();
      const events = await follower.follow({ signal, goesWell: () => {}, untilCaughtUp: true });
      return { events, seconds: (clock.nowMs() - startedMs) / 1000 };
    },
  };
}
