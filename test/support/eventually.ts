/**
 * Calls `check` until it answers something other than false, null or undefined, without an error, and answers that. Past `deadlineMs`
 * it throws the last error, or says that the condition did not hold.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { deadlineMs = 10_000, everyMs = 10 }: { deadlineMs?: number; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + deadlineMs;
  let lastError: unknown = new Error(`The condition did not hold within ${deadlineMs} ms`);
  for (;;) {
    try {
      const value = await check();
      if (value !== false && value !== null && value !== undefined) return value;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline) throw lastError;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
