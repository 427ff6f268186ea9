import { type BackoffBounds, backoffMs } from '../domain/backoff.ts';
import type { Clock } from '../ports/clock.ts';

export type RetryBounds = Readonly<{
  clock: Clock;
  backoff: BackoffBounds;
  /** Ends the waiting, with its reason. */
  signal: AbortSignal;
  /** How long it may fail without a break; absent: as long as it takes. */
  withinMs?: number;
}>;

/**
 * Answers what `operation` answers, trying again while it fails with an error that `mayPass`, with waits that double up to a bound. One
 * that takes long calls `goesWell` when it knows so, which ends the count of failures: that it took long says nothing, for it may be a
 * call to what does not answer. Throws any other error at once, the last one when the time is up, and the signal's reason when it aborts.
 */
export async function retryOperation<Result>(
  operation: (goesWell: () => void) => Promise<Result>,
  mayPass: (error: unknown) => boolean,
  { clock, backoff, signal, withinMs = Number.POSITIVE_INFINITY }: RetryBounds,
): Promise<Result> {
  let retry = 0;
  let failingSinceMs: number | undefined;
  const goesWell = (): void => {
    retry = 0;
    failingSinceMs = undefined;
  };
  for (;;) {
    signal.throwIfAborted();
    try {
      return await operation(goesWell);
    } catch (error) {
      const nowMs = clock.nowMs();
      failingSinceMs ??= nowMs;
      retry += 1;
      const waitMs = backoffMs(retry, backoff);
      if (!mayPass(error) || nowMs + waitMs > failingSinceMs + withinMs) throw error;
      await clock.sleep(waitMs, signal);
    }
  }
}
