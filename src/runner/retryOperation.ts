import { type BackoffBounds, backoffMs } from '../domain/backoff.ts';
import type { Clock } from '../ports/clock.ts';

export type RetryBounds = Readonly<{
  clock: Clock;
  backoff: BackoffBounds;
  /** Ends the waiting, with its reason. */
  signal: AbortSignal;
  /** How long it may fail without a break; absent: as long as it takes. A try that lasts so long before it fails begins a new count. */
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
  let retry = 0;
  let failingSinceMs = clock.nowMs();
  for (;;) {
    signal.throwIfAborted();
    const triedMs = clock.nowMs();
    try {
      return await operation();
    } catch (error) {
      const nowMs = clock.nowMs();
      const isFirst = retry === 0 || nowMs - triedMs >= withinMs;
      if (isFirst) failingSinceMs = nowMs;
      retry = isFirst ? 1 : retry + 1;
      const waitMs = backoffMs(retry, backoff);
      if (!mayPass(error) || nowMs + waitMs > failingSinceMs + withinMs) throw error;
      await clock.sleep(waitMs, signal);
    }
  }
}
