import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { RunningLoop } from '../../src/ports/backgroundLoop.ts';
import { createRunnerLease, type RunnerLease } from '../../src/runner/runnerLease.ts';
import { runnerLeaseTimes } from '../../src/runner/runnerLeaseTimes.ts';
import { quietTelemetry } from '../support/embeddedStores.ts';
import { manualClock } from '../support/manualClock.ts';

const leaseMs = 30_000;
const times = runnerLeaseTimes(leaseMs, 1_000);
const { signal: never } = new AbortController();

let loops: readonly RunningLoop[] = [];
let clock: ReturnType<typeof manualClock>;
afterEach(async () => {
  const stopped = Promise.all(loops.map((loop) => loop.stop()));
  clock.advance(leaseMs);
  await stopped;
});

/** How the directory takes announcements: at once, not at all, or by saying nothing. */
type Manner = 'takes' | 'fails' | 'hangs';

function startLease(first: Manner = 'takes') {
  const moved = manualClock();
  clock = moved;
  let manner = first;
  let heldTimes = 0;
  const announced: number[] = [];
  let answerHung = (): void => undefined;
  const lease: RunnerLease = createRunnerLease({
    ...quietTelemetry(),
    clock: moved,
    backoff: { minMs: 1, maxMs: 60_000 },
    times,
    onHeld: () => {
      heldTimes += 1;
    },
    startStopwatch: () => {
      const startedMs = moved.nowMs();
      return { elapsedMs: () => moved.nowMs() - startedMs };
    },
  });
  const announce = async (): Promise<void> => {
    announced.push(moved.nowMs());
    if (manner === 'fails') throw new Error('no answer');
    if (manner === 'hangs') await new Promise<void>((resolve) => (answerHung = resolve));
  };
  loops = lease.start(announce);
  /** Lets time pass as it does for a process that is awake. */
  const pass = async (ms: number): Promise<void> => {
    for (let leftMs = ms; leftMs > 0; leftMs -= 100) {
      moved.advance(Math.min(100, leftMs));
      await nextTurn();
    }
  };
  /** Lets time pass at once, as for a process that was stopped. */
  const holdUp = async (ms: number): Promise<void> => {
    moved.advance(ms);
    await nextTurn();
  };
  const become = (next: Manner): void => {
    manner = next;
  };
  return { lease, pass, holdUp, become, announced, heldTimes: () => heldTimes, answer: () => answerHung() };
}

it('is not held before the first announcement is confirmed, and lapses where none is', async () => {
  const { lease, pass, heldTimes } = startLease('fails');
  expect(lease.term()).toBeNull();
  await pass(times.holdMs - 1_000);
  expect(lease.lapse().aborted).toBe(false);
  await pass(2_000);
  expect(lease.lapse().aborted).toBe(true);
  expect(heldTimes()).toBe(0);
});

it('is held in one term for as long as announcements are confirmed', async () => {
  const { lease, pass, heldTimes, announced } = startLease();
  await pass(300_000);
  expect(lease.term()).toBe(1);
  expect(lease.lapse().aborted).toBe(false);
  expect(heldTimes()).toBe(1);
  expect(announced.length).toBeGreaterThan(290);
});

it('lapses two thirds of the lease after the last announcement that was confirmed, with a third for the end of what runs', async () => {
  const { lease, pass, become } = startLease();
  await pass(5_000);
  become('fails');
  await pass(times.holdMs - 1_100);
  expect(lease.term()).toBe(1);
  expect(lease.lapse().aborted).toBe(false);
  await pass(1_100 + times.watchEveryMs);
  expect(lease.term()).toBeNull();
  expect(lease.lapse().aborted).toBe(true);
  expect(lease.graceLeftMs()).toBeLessThanOrEqual(times.killMs - times.holdMs);
  expect(lease.graceLeftMs()).toBeGreaterThan(0);
  await pass(leaseMs / 3);
  expect(lease.graceLeftMs()).toBe(0);
});

it('tries again soon after an announcement that failed, however long they fail', async () => {
  const { pass, become, announced } = startLease();
  become('fails');
  await pass(leaseMs);
  const gaps = announced.slice(1).map((atMs, index) => atMs - (announced[index] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(times.retry.maxMs + 100);
});

it('lapses as well while an announcement hangs, and sends others meanwhile', async () => {
  const { lease, pass, become, announced } = startLease();
  await pass(1_000);
  become('hangs');
  const before = announced.length;
  await pass(leaseMs);
  expect(lease.lapse().aborted).toBe(true);
  expect(announced.length - before).toBeGreaterThan(5);
});

it('counts from when an announcement was sent, not from when its answer came', async () => {
  const { lease, pass, become, answer } = startLease();
  await pass(1_000);
  become('hangs');
  await pass(2_000);
  become('fails');
  await pass(15_000);
  answer();
  await pass(100);
  expect(lease.term()).toBe(1);
  await pass(5_000);
  expect(lease.lapse().aborted).toBe(true);
});

it('is not shortened by the answer to an announcement that a later one has overtaken', async () => {
  const { lease, pass, become, answer } = startLease();
  await pass(1_000);
  become('hangs');
  await pass(1_000);
  become('takes');
  await pass(10_000);
  become('fails');
  answer();
  await pass(times.holdMs - 2_000);
  expect(lease.term()).toBe(1);
  expect(lease.lapse().aborted).toBe(false);
});

it('takes an answer for nothing that comes after two thirds of the lease', async () => {
  const { lease, pass, become, answer } = startLease();
  become('hangs');
  await pass(2_000);
  become('fails');
  await pass(leaseMs);
  answer();
  await pass(100);
  expect(lease.term()).toBeNull();
});

it('is held again, in a new term, once an announcement is confirmed; what was to end ends all the same', async () => {
  const { lease, pass, become, heldTimes } = startLease();
  await pass(1_000);
  const before = lease.lapse();
  become('fails');
  await pass(leaseMs);
  become('takes');
  await pass(2_000);
  expect(lease.term()).toBe(2);
  expect(heldTimes()).toBe(2);
  expect(before.aborted).toBe(true);
  expect(lease.lapse().aborted).toBe(false);
});

it('does not lapse for a process that was held up, if it can announce itself as soon as it is awake', async () => {
  const { lease, pass, holdUp, heldTimes } = startLease();
  await pass(1_000);
  await holdUp(10 * leaseMs);
  await pass(times.retry.maxMs);
  expect(lease.lapse().aborted).toBe(false);
  expect(lease.term()).toBe(2);
  expect(heldTimes()).toBe(2);
});

it('begins nothing after it was held up until it is certain, and goes on in a new term', async () => {
  const { lease, pass, holdUp, become } = startLease();
  await pass(1_000);
  become('hangs');
  await holdUp(leaseMs);
  expect(lease.term()).toBeNull();
  let settled: number | null | undefined;
  void lease.settledTerm(never).then((term) => {
    settled = term;
  });
  await pass(500);
  expect(settled).toBeUndefined();
  become('takes');
  await pass(2_000);
  expect(settled).toBe(2);
});

it('lapses for a process that was held up and cannot announce itself in the chance that it gets', async () => {
  const { lease, pass, holdUp, become } = startLease();
  await pass(1_000);
  become('fails');
  await holdUp(leaseMs);
  await pass(times.chanceMs - 500);
  expect(lease.lapse().aborted).toBe(false);
  const settled = lease.settledTerm(never);
  await pass(1_000);
  expect(lease.lapse().aborted).toBe(true);
  expect(await settled).toBeNull();
  expect(lease.graceLeftMs()).toBe(0);
});

it('gives no new chance to a process that is held up again and again', async () => {
  const { lease, pass, holdUp, become } = startLease();
  await pass(1_000);
  become('fails');
  await holdUp(leaseMs);
  for (let chances = 0; chances < 10; chances += 1) {
    await pass(times.chanceMs / 5);
    await holdUp(leaseMs);
  }
  expect(lease.lapse().aborted).toBe(true);
});

it('has a chance for a hold-up that ends just before its time is over', async () => {
  const { lease, pass, holdUp, become } = startLease();
  await pass(1_000);
  become('hangs');
  await holdUp(times.holdMs - 1_100);
  await pass(1_600);
  expect(lease.lapse().aborted).toBe(false);
  become('takes');
  await pass(1_000);
  expect(lease.term()).not.toBeNull();
});

it('lets go of who waits for certainty when his signal aborts', async () => {
  const { lease } = startLease('hangs');
  const leaving = new AbortController();
  const waiting = lease.settledTerm(leaving.signal);
  leaving.abort(new Error('leaves'));
  await expect(waiting).rejects.toThrow('leaves');
});

it.each([1_000, 3_000, 30_000, 3_600_000])(
  'of a lease of %d ms kills before it is over, and tries to renew several times before that',
  (ms) => {
    const { holdMs, killMs, renewEveryMs, requestMs, retry, watchEveryMs } = runnerLeaseTimes(ms, 1_000);
    expect(holdMs).toBeLessThan(killMs);
    expect(killMs + watchEveryMs).toBeLessThan(ms);
    expect(3 * (renewEveryMs + requestMs)).toBeLessThan(holdMs + ms / 6);
    expect(retry.maxMs).toBeLessThanOrEqual(requestMs);
  },
);
