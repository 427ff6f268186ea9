import { type LoopDependencies, type RunningLoop, runBackgroundLoop } from '../ports/backgroundLoop.ts';

/** Calls `step` at once and then each `everyMs` after it has ended, for ever. */
export function runPeriodicProcess(
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
