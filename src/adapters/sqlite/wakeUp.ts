/** Wakes those that wait for something to read. A sleeper must look for what is there before each sleep, in the same turn. */
export type WakeUp = Readonly<{
  /** Wakes all that sleep now. */
  wake(): void;
  /** Answers at the next `wake`, or when `signal` aborts; leaves no listener on the signal. */
  sleep(signal: AbortSignal): Promise<void>;
}>;

/** Promises are not raced against the signal: each race would leave a reaction on it for as long as it lives. */
export function createWakeUp(): WakeUp {
  const sleepers = new Set<() => void>();
  return {
    wake: () => {
      for (const sleeper of sleepers) sleeper();
    },
    sleep: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const end = () => {
          sleepers.delete(end);
          signal.removeEventListener('abort', end);
          resolve();
        };
        sleepers.add(end);
        signal.addEventListener('abort', end);
      }),
  };
}
