/**
 * Answers what `operation` answers, or throws the signal's reason as soon as it aborts. What comes of the operation after that is
 * dropped: this is for calls that cannot be ended from here, and whose effect the next start looks for anyway.
 */
export async function untilAborted<Result>(operation: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([operation, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
