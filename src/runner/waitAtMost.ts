import type { Clock } from '../ports/clock.ts';

/** Answers when `operation` has ended, however it did, or after `ms`, or when `signal` aborts. Never throws. */
export async function waitAtMost(
  ms: number,
  operation: Promise<unknown>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const waited = new AbortController();
  const patience = clock.sleep(ms, AbortSignal.any([signal, waited.signal])).catch(() => undefined);
  await Promise.race([operation.catch(() => undefined), patience]);
  waited.abort();
}
