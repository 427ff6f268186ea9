import type { Clock } from '../../ports/clock.ts';

/** Tells how far something long has come: at most every few seconds, since it is a person who reads it. */
export type HistoryProgress = Readonly<{ done(count: number): void }>;

const everyMs = 3_000;

/** `unit` is what is counted, as in `counted`. */
export function createHistoryProgress(
  clock: Clock,
  print: (line: string) => void,
  unit: string,
): HistoryProgress {
  const startedMs = clock.nowMs();
  let toldMs = startedMs;
  let total = 0;
  return {
    done: (count) => {
      total += count;
      const nowMs = clock.nowMs();
      if (nowMs - toldMs < everyMs) return;
      toldMs = nowMs;
      const perSecond = Math.round((total * 1000) / (nowMs - startedMs));
      print(`  ${counted(total, unit)} (${shown(perSecond)}/s)`);
    },
  };
}

/** `counted(1, 'event')` → `1 event`; of 1234567, `1,234,567 events`. */
export function counted(count: number, unit: string): string {
  return `${shown(count)} ${unit}${count === 1 ? '' : 's'}`;
}

function shown(count: number): string {
  return count.toLocaleString('en-US');
}
