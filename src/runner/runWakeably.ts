import { type LoopDependencies, type RunningLoop, runBackgroundLoop } from '../ports/backgroundLoop.ts';

/** Runs `step` as `runPeriodically` does, and once more without the wait where `wake` is called. */
export function runWakeably(
  name: string,
  everyMs: number,
  step: (signal: AbortSignal) => Promise<void>,
  dependencies: LoopDependencies,
): RunningLoop & Readonly<{ wake(): void }> {
  let woken = new AbortController();
  const loop = runBackgroundLoop(
    name,
    async (signal, progress) => {
      for (;;) {
        const sooner = woken.signal;
        await step(signal);
        progress.goesWell();
        const pause = dependencies.clock.sleep(everyMs, AbortSignal.any([signal, sooner]));
        await pause.catch(() => signal.throwIfAborted());
      }
    },
    dependencies,
  );
  return {
    ...loop,
    wake: () => {
      woken.abort();
      woken = new AbortController();
    },
  };
}
