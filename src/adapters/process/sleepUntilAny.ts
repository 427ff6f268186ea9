import type { Clock } from '../../ports/clock.ts';

/** Answers after `ms`, or when one of the signals aborts; leaves no listener on them. */
export async function sleepUntilAny(
  signals: readonly (AbortSignal | undefined)[],
  ms: number,
  clock: Clock,
): Promise<void> {
  if (signals.some((signal) => signal?.aborted)) return;
  const woken = new AbortController();
  // With a reason of its own: otherwise each would be an exception, with a stack.
  const wake = () => woken.abort('woken');
  for (const signal of signals) signal?.addEventListener('abort', wake);
  await clock.sleep(ms, woken.signal).catch(() => undefined);
  for (const signal of signals) signal?.removeEventListener('abort', wake);
}
