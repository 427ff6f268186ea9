import type { Clock } from '../../src/ports/clock.ts';
import type { IdGenerator } from '../../src/ports/idGenerator.ts';

type Sleeper = { wakeMs: number; wake: () => void };

/** A clock that moves only when told; its sleepers wake in order of time. */
export function manualClock(startMs = Date.parse('2026-01-01T00:00:00.000Z')): Clock & {
  advance: (ms: number) => void;
} {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();
  return {
    nowMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper: Sleeper = { wakeMs: nowMs + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => sleepers.delete(sleeper) && reject(signal.reason), {
          once: true,
        });
      }),
    advance: (ms) => {
      nowMs += ms;
      const due = [...sleepers].filter(({ wakeMs }) => wakeMs <= nowMs).sort((a, b) => a.wakeMs - b.wakeMs);
      for (const sleeper of due) {
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
  };
}

/** Ids that count up, well-formed and the same in every run. */
export function countingIds(): IdGenerator {
  let counter = 0;
  const next = () => {
    counter += 1;
    return String(counter);
  };
  return {
    id: (prefix) => `${prefix}-${next().padStart(19, '0')}0`,
    uuid: () => `00000000-0000-4000-8000-${next().padStart(12, '0')}`,
  };
}
