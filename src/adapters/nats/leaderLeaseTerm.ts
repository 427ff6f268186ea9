import type { Clock } from '../../ports/clock.ts';
import { type Stopwatch, startStopwatch } from '../../ports/stopwatch.ts';
import type { LeaderLeaseSeat } from './leaderLeaseSeat.ts';

/** The times of a lease. Each is a part of the whole, so that one number sets them all. */
export type LeaseTimes = Readonly<{
  /** Others take an office over that has not been renewed for so long, since they first saw its revision. */
  leaseMs: number;
  /** The holder acts for so long after it sent its last renewal; the rest of the lease is for what it has under way. */
  actMs: number;
  renewEveryMs: number;
  /** How often those who stand for the office look at it. */
  lookEveryMs: number;
  /** How long one request may take. */
  requestMs: number;
}>;

/** The times that go with a lease of `leaseMs`: a holder has two tries to renew before it stops acting, and others take over within 1.2 leases. */
export function leaseTimes(leaseMs: number): LeaseTimes {
  const part = (share: number): number => Math.ceil(leaseMs * share);
  return {
    leaseMs,
    actMs: part(0.75),
    renewEveryMs: part(0.25),
    lookEveryMs: part(0.1),
    requestMs: part(0.25),
  };
}

/** What this node holds: the office, from the request that took it. */
export type LeaderLeaseTerm = Readonly<{
  /** Aborts when the office may become another's, or the term has ended. */
  signal: AbortSignal;
  holds(): boolean;
  /** Ends it: the office is free for others at once, if it is still this node's. Never throws. */
  end(): Promise<void>;
}>;

export type TermOptions = Readonly<{
  seat: LeaderLeaseSeat;
  holder: string;
  revision: number;
  /** Counts from before the office was asked for. */
  sinceAsked: Stopwatch;
  times: LeaseTimes;
  clock: Clock;
}>;

/**
 * Renews the office as long as the term lasts. Holding ends `actMs` after the last renewal that was confirmed was *sent*: the server
 * cannot have seen it earlier, and who waits for the office counts a whole lease from when he saw it.
 */
export function startTerm({ seat, holder, times, clock, ...taken }: TermOptions): LeaderLeaseTerm {
  const over = new AbortController();
  let { revision, sinceAsked: sinceRenewed } = taken;
  let watchdog: NodeJS.Timeout;

  const holds = (): boolean => !over.signal.aborted && sinceRenewed.elapsedMs() < times.actMs;
  const lose = (reason: string): void => over.abort(new Error(reason));
  const watch = (): void => {
    clearTimeout(watchdog);
    watchdog = setTimeout(
      () => lose(`it could not be renewed for ${times.actMs} ms`),
      Math.max(0, times.actMs - sinceRenewed.elapsedMs()),
    );
  };

  /** Answers whether the office is held for another while. */
  async function renew(): Promise<boolean> {
    const sinceSent = startStopwatch();
    const renewed = await seat.replace(revision, holder);
    if (renewed !== undefined) {
      revision = renewed;
      sinceRenewed = sinceSent;
      if (!over.signal.aborted) watch();
      return true;
    }
    // An earlier renewal may have landed though its answer did not come.
    const found = await seat.read();
    if (found.holder !== holder) lose('another node has taken it');
    revision = found.revision;
    return false;
  }

  /** A renewal that fails is tried again soon: the watchdog ends the term if none succeeds in time. */
  async function keepRenewing(): Promise<void> {
    for (let succeeded = true; !over.signal.aborted; ) {
      const pauseMs = succeeded ? times.renewEveryMs : times.lookEveryMs;
      await clock.sleep(pauseMs, over.signal).catch(() => undefined);
      if (!over.signal.aborted) succeeded = await renew().catch(() => false);
    }
  }

  watch();
  const renewing = keepRenewing();
  return {
    signal: over.signal,
    holds,
    end: async () => {
      const held = holds();
      lose('the term has ended');
      clearTimeout(watchdog);
      await renewing;
      if (held) await seat.replace(revision, null).catch(() => undefined);
    },
  };
}
