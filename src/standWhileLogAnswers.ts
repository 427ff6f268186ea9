import { type LoopDependencies, type RunningLoop, runBackgroundLoop } from './ports/backgroundLoop.ts';
import type { EventStore } from './ports/eventStore.ts';
import type { Leadership } from './ports/leaderLease.ts';
import { startStopwatch } from './ports/stopwatch.ts';

export type StandWhileLogAnswersOptions = Omit<LoopDependencies, 'backoff'> &
  Readonly<{
    eventStore: Pick<EventStore, 'lastPosition'>;
    /** Stands for the office, until its `stop()`. */
    stand: () => Leadership;
    /** How long the event log may be silent. */
    silentMs: number;
  }>;

export type Candidacy = Readonly<{
  loops(): readonly Pick<RunningLoop, 'status'>[];
  /** Another node may take over at once. */
  stop(): Promise<void>;
}>;

const askEveryMs = 1_000;
const backoff = { minMs: 100, maxMs: 1_000 };

/**
 * Stands for an office as long as the event log answers this node. A lease does not tell: who is cut off from the log alone would renew it
 * for ever, and act no more.
 *
 * standing → (no answer for `silentMs`) → withdrawn, so that another node takes over → (an answer) → standing, until `stop()`.
 */
export function standWhileLogAnswers(options: StandWhileLogAnswersOptions): Candidacy {
  const { eventStore, stand, silentMs, clock, logger } = options;
  let leadership: Leadership | undefined = stand();
  let sinceAnswer = startStopwatch();

  async function ask(signal: AbortSignal): Promise<void> {
    const sinceAsked = startStopwatch();
    const over = new AbortController();
    const silence = clock.sleep(silentMs, AbortSignal.any([signal, over.signal])).then(() => {
      throw new Error(`the event log did not answer within ${silentMs} ms`);
    });
    silence.catch(() => undefined);
    try {
      await Promise.race([eventStore.lastPosition(), silence]);
    } finally {
      over.abort();
    }
    sinceAnswer = sinceAsked;
  }

  async function withdrawIfSilent(): Promise<void> {
    if (leadership === undefined || sinceAnswer.elapsedMs() < silentMs) return;
    logger.warn({ silentMs }, 'this node does not stand for the lead until the event log answers again');
    const before = leadership;
    leadership = undefined;
    await before.stop();
  }

  const watching = runBackgroundLoop(
    'processes-log',
    async (signal, progress) => {
      for (;;) {
        try {
          await ask(signal);
        } catch (error) {
          if (!signal.aborted) await withdrawIfSilent();
          throw error;
        }
        progress.goesWell();
        leadership ??= stand();
        await clock.sleep(askEveryMs, signal);
      }
    },
    { ...options, backoff },
  );
  return {
    loops: () => (leadership === undefined ? [watching] : [leadership, watching]),
    stop: async () => {
      await watching.stop();
      await leadership?.stop();
    },
  };
}
