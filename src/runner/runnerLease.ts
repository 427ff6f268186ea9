import {
  type LoopDependencies,
  type LoopProgress,
  type RunningLoop,
  runBackgroundLoop,
} from '../ports/backgroundLoop.ts';
import { type Stopwatch, startStopwatch } from '../ports/stopwatch.ts';
import type { RunnerLeaseTimes } from './runnerLeaseTimes.ts';
import { untilAborted } from './untilAborted.ts';

export type RunnerLeaseOptions = LoopDependencies &
  Readonly<{
    times: RunnerLeaseTimes;
    /** The lease is held, for the first time or again: what was known of jobs before may have changed. */
    onHeld: () => void;
    /** Absent: by the machine's clocks. */
    startStopwatch?: () => Stopwatch;
  }>;

export type RunnerLease = Readonly<{
  /** Which stretch of holding it this is, from 1; null while it is not held. */
  term(): number | null;
  /** The same, once it is certain whether it is held: waits while that is in doubt. Throws the signal's reason when it aborts. */
  settledTerm(signal: AbortSignal): Promise<number | null>;
  /** Aborts when the lease lapses. Once it is held again there is another one. */
  lapse(): AbortSignal;
  /** How long what runs may still take after TERM, where it is to be gone before others count it as lost. */
  graceLeftMs(): number;
  /** Begins to announce the runner, and to watch. */
  start(announce: () => Promise<void>): readonly RunningLoop[];
}>;

/**
 * A runner's lease on its jobs. Each announcement that the directory confirms renews it, from when that announcement was *sent*: whoever
 * reaps cannot have seen it earlier, and counts a whole lease from when he did. Jobs are pulled, claimed and started only while it is held.
 *
 * in doubt → held → in doubt → lapsed → held …
 *
 * - in doubt: from the start to the first confirmation, and where the last one is `holdMs` old. What runs, runs on; nothing is begun. A
 *   confirmation makes it held, in a new term. It lapses at the next look, unless the process was held up (stopped, or its machine asleep):
 *   then an announcement is sent at once, and it lapses when the process was awake for `chanceMs` without a confirmation. That time
 *   passed must not end what runs.
 * - held: the last announcement that was confirmed was sent less than `holdMs` ago.
 * - lapsed: what runs is told to end, and killed `killMs` after the last announcement that was confirmed. It is held again, in a new term, as
 *   soon as one is confirmed; what was told to end ends all the same.
 */
export function createRunnerLease(options: RunnerLeaseOptions): RunnerLease {
  const { times, onHeld, clock, logger } = options;
  const startWatch = options.startStopwatch ?? startStopwatch;
  let sinceRenewed = startWatch();
  let termNumber = 0;
  let isConfirmed = false;
  let lapse = new AbortController();
  let turn = Promise.withResolvers<void>();
  let woken = new AbortController();
  /** How long the process has been awake since it was last held up. */
  let awakeMs = Number.POSITIVE_INFINITY;
  let wasDue = false;

  const isDue = (): boolean => sinceRenewed.elapsedMs() >= times.holdMs;
  const term = (): number | null => (isConfirmed && !isDue() ? termNumber : null);

  function takeTurn(): void {
    turn.resolve();
    turn = Promise.withResolvers();
  }

  function confirm(sinceSent: Stopwatch): void {
    const ageMs = sinceSent.elapsedMs();
    // The answer to one that was overtaken, or that comes too late to tell anything.
    if (ageMs > sinceRenewed.elapsedMs() || ageMs >= times.holdMs) return;
    const wasHeld = term() !== null;
    sinceRenewed = sinceSent;
    if (wasHeld) return;
    termNumber += 1;
    isConfirmed = true;
    if (lapse.signal.aborted) {
      lapse = new AbortController();
      logger.info({ term: termNumber }, 'this runner holds its lease again');
    }
    takeTurn();
    onHeld();
  }

  function look(passedMs: number): void {
    const isHeldUp = passedMs >= times.watchEveryMs + times.heldUpMs;
    if (isHeldUp) {
      woken.abort(new Error('the process was held up'));
      woken = new AbortController();
    }
    awakeMs = isHeldUp && !wasDue ? 0 : awakeMs + Math.min(passedMs, times.watchEveryMs);
    wasDue = isDue();
    if (wasDue && awakeMs >= times.chanceMs && !lapse.signal.aborted) endHolding();
  }

  function endHolding(): void {
    const silentMs = Math.round(sinceRenewed.elapsedMs());
    logger.error({ silentMs }, 'this runner could not renew its lease: it stops its containers');
    isConfirmed = false;
    lapse.abort(new Error(`the runner could not renew its lease for ${silentMs} ms`));
    takeTurn();
  }

  async function watch(signal: AbortSignal, progress: LoopProgress): Promise<void> {
    for (let sinceLook = startWatch(); ; ) {
      progress.goesWell();
      await clock.sleep(times.watchEveryMs, signal);
      const passedMs = sinceLook.elapsedMs();
      sinceLook = startWatch();
      look(passedMs);
    }
  }

  /** Throws where no confirmation comes in time; one that comes later counts all the same, from when the announcement was sent. */
  async function renew(announce: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const sinceSent = startWatch();
    const confirmed = announce().then(() => confirm(sinceSent));
    const waited = new AbortController();
    const ended = AbortSignal.any([signal, woken.signal, waited.signal]);
    const unanswered = clock.sleep(times.requestMs, ended).then(() => {
      throw new Error(`no answer within ${times.requestMs} ms`);
    });
    try {
      await Promise.race([confirmed, unanswered]);
    } finally {
      waited.abort();
      for (const late of [confirmed, unanswered]) late.catch(() => undefined);
    }
  }

  return {
    term,
    settledTerm: async (signal) => {
      for (;;) {
        const current = term();
        if (current !== null || lapse.signal.aborted) return current;
        await untilAborted(turn.promise, signal);
      }
    },
    lapse: () => lapse.signal,
    graceLeftMs: () => {
      const leftMs = times.killMs - sinceRenewed.elapsedMs();
      return Math.max(0, Math.min(leftMs, times.killMs - times.holdMs));
    },
    start: (announce) => [
      runBackgroundLoop('runner-lease', watch, options),
      runBackgroundLoop(
        'runner-announce',
        async (signal, progress) => {
          for (;;) {
            await renew(announce, signal);
            progress.goesWell();
            const pause = clock.sleep(times.renewEveryMs, AbortSignal.any([signal, woken.signal]));
            await pause.catch(() => signal.throwIfAborted());
          }
        },
        { ...options, backoff: times.retry },
      ),
    ],
  };
}
