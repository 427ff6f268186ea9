import type { BackoffBounds } from '../domain/backoff.ts';

/** The times of a runner's lease. Each is a part of the whole, so that one number sets them all. */
export type RunnerLeaseTimes = Readonly<{
  /** The lease counts as held for so long after the last announcement that was confirmed was sent. */
  holdMs: number;
  /** What still runs then is killed: the rest of the lease is for the kill itself. */
  killMs: number;
  renewEveryMs: number;
  /** How long an announcement may take before another one is sent. */
  requestMs: number;
  /** Between announcements that fail. */
  retry: BackoffBounds;
  /** How often the runner looks whether the lease has lapsed. */
  watchEveryMs: number;
  /** A look that comes later than this was held up, with all else. */
  heldUpMs: number;
  /** How long a process that was held up may try to renew its lease, though its time is over. */
  chanceMs: number;
}>;

const longestWatchMs = 500;
const shortestChanceMs = 1_000;

/** The times that go with a lease of `leaseMs`, for a runner that announces itself every `announceEveryMs`, or more often where the lease is short. */
export function runnerLeaseTimes(leaseMs: number, announceEveryMs: number): RunnerLeaseTimes {
  const part = (divisor: number): number => Math.ceil(leaseMs / divisor);
  return {
    holdMs: Math.floor((leaseMs * 2) / 3),
    killMs: Math.floor((leaseMs * 9) / 10),
    renewEveryMs: Math.min(announceEveryMs, part(6)),
    requestMs: part(15),
    retry: { minMs: part(300), maxMs: part(30) },
    watchEveryMs: Math.min(longestWatchMs, part(60)),
    heldUpMs: part(10),
    chanceMs: Math.max(shortestChanceMs, part(10)),
  };
}
