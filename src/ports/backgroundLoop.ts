import { type BackoffBounds, backoffMs } from '../domain/backoff.ts';
import type { Clock } from './clock.ts';
import type { Logger, Metrics } from './telemetry.ts';

/** How a background loop fares; `/health` shows it. */
export type LoopStatus = Readonly<{
  name: string;
  state: 'starting' | 'running' | 'retrying' | 'stopped';
  /** Null once it goes well again. */
  lastError: string | null;
  /** Failures in a row. */
  retries: number;
}>;

export type RunningLoop = Readonly<{
  status(): LoopStatus;
  /** Ends the loop after the step at hand. Answers when it has ended; never throws. */
  stop(): Promise<void>;
}>;

export type LoopDependencies = Readonly<{
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  backoff: BackoffBounds;
}>;

/** What a loop's body tells about itself. */
export type LoopProgress = Readonly<{ goesWell(): void; failed(reason: string): void }>;

/**
 * Runs `body` until `stop()`, or until it answers.
 *
 * starting → running ⇄ retrying → stopped. A body that throws is run again, after a wait that doubles up to a bound: a background
 * loop never dies silently. It is logged, counted, and shown by `status()` until the body says that it goes well.
 */
export function runBackgroundLoop(
  name: string,
  body: (signal: AbortSignal, progress: LoopProgress) => Promise<void>,
  { clock, logger, metrics, backoff }: LoopDependencies,
): RunningLoop {
  const stopping = new AbortController();
  let status: LoopStatus = { name, state: 'starting', lastError: null, retries: 0 };
  const progress: LoopProgress = {
    goesWell: () => {
      if (status.state !== 'running') status = { name, state: 'running', lastError: null, retries: 0 };
    },
    failed: (reason) => {
      status = { name, state: 'retrying', lastError: reason, retries: status.retries + 1 };
      metrics.count('loop_retry', { loop: name });
      logger.warn(
        { loop: name, reason, retries: status.retries },
        'a background loop failed and will try again',
      );
    },
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await body(stopping.signal, progress);
        break;
      } catch (error) {
        if (stopping.signal.aborted) break;
        progress.failed(error instanceof Error ? error.message : String(error));
        await clock.sleep(backoffMs(status.retries, backoff), stopping.signal).catch(() => undefined);
      }
    }
    status = { ...status, state: 'stopped' };
  };
  const ended = run();
  return {
    status: () => status,
    stop: async () => {
      stopping.abort(new Error(`${name} stops`));
      await ended;
    },
  };
}

/** Calls `step` at once, and again `everyMs` after each end of it, until `stop()`. */
export function runPeriodically(
  name: string,
  everyMs: number,
  step: (signal: AbortSignal) => Promise<void>,
  dependencies: LoopDependencies,
): RunningLoop {
  return runBackgroundLoop(
    name,
    async (signal, progress) => {
      for (;;) {
        await step(signal);
        progress.goesWell();
        await dependencies.clock.sleep(everyMs, signal);
      }
    },
    dependencies,
  );
}
