import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';

it('tells the machine’s time', () => {
  const before = Date.now();
  const now = createSystemClock().nowMs();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

it('sleeps for as long as asked, in several timers where one is too short, and leaves nothing on the signal', async () => {
  const { signal } = new AbortController();
  const start = performance.now();
  await createSystemClock({ longestTimerMs: 7 }).sleep(50, signal);
  const tookMs = performance.now() - start;
  // Each timer may be a millisecond early.
  expect(tookMs).toBeGreaterThan(35);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('does not take a sleep of months for one of a millisecond', async () => {
  const clock = createSystemClock();
  const leaving = new AbortController();
  let woke = false;
  const sleep = clock.sleep(90 * 24 * 3_600_000, leaving.signal).then(
    () => {
      woke = true;
    },
    () => {},
  );
  await clock.sleep(50);
  leaving.abort();
  await sleep;
  expect(woke).toBe(false);
});

it('wakes with the signal’s reason when it aborts, or had aborted', async () => {
  const clock = createSystemClock();
  const leaving = new AbortController();
  const sleep = clock.sleep(60_000, leaving.signal);
  const reason = new Error('leaving');
  leaving.abort(reason);
  await expect(sleep).rejects.toBe(reason);
  await expect(clock.sleep(60_000, leaving.signal)).rejects.toBe(reason);
});
