import { setTimeout as sleep } from 'node:timers/promises';

const firstMs = 50;
const longestMs = 2_000;

/** How long to wait before trying again after `failures` failures in a row. */
export function backoffMs(failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** (failures - 1));
}

/** Answers after `ms`, or rejects with the signal's reason. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
