import type { Clock } from '../../ports/clock.ts';

/** Node takes a longer timer for one of 1 ms. */
const longestTimerMs = 2 ** 31 - 1;

/** The machine's own clock. A sleep longer than one timer can be is made of several. */
export function createSystemClock(options: Readonly<{ longestTimerMs: number }> = { longestTimerMs }): Clock {
  return { nowMs: () => Date.now(), sleep: (ms, signal) => sleep(ms, options.longestTimerMs, signal) };
}

function sleep(ms: number, longestMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    let timer: NodeJS.Timeout;
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const wait = (leftMs: number) => {
      const timerMs = Math.min(leftMs, longestMs);
      timer = setTimeout(() => {
        if (leftMs > timerMs) return wait(leftMs - timerMs);
        signal?.removeEventListener('abort', abort);
        resolve();
      }, timerMs);
    };
    signal?.addEventListener('abort', abort, { once: true });
    wait(ms);
  });
}
