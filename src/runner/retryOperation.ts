import { type BackoffBounds, backoffMs } from '../domain/backoff.ts';
import type { Clock } from '../ports/clock.ts';

export type RetryBounds = Readonly<{
  clock: Clock;
  backoff: BackoffBounds;
  /** Ends the waiting, with its reason. */
  signal: AbortSignal;
  /** No new try later than this; absent: as long as it takes. */
  withinMs?: number;
}>;

/**
 * Answers what `operation` answers, trying again while it fails with an error that `mayPass`, with waits that double up to a bound.
 * Throws any other error at once, the last one when the time is up, and the signal's reason when it aborts.
 */
export async function retryOperation<Result>(
  operation: () => Promise<Result>,
  mayPass: (error: unknown) => boolean,
  { clock, backoff, signal, withinMs = Number.POSITIVE_INFINITY }: RetryBounds,
): Promise<Result> {
  const deadlineMs = clock.nowMs() + withinMs;
  for (let retry = 1; ; retry += 1) {
    signal.throwIfAborted();
    try {
      return await operation();
    } catch (error) {
      const waitMs = backoffMs(retry, backoff);
      if (!mayPass(error) || clock.nowMs() + waitMs > deadlineMs) throw error;
      await clock.sleep(waitMs, signal);
    }
  }
}
