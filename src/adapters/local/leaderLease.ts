import { type LoopDependencies, runBackgroundLoop } from '../../ports/backgroundLoop.ts';
import type { LeaderLease, Leadership } from '../../ports/leaderLease.ts';

/** The lease of a node that is alone: it leads from the start to the stop. */
export function createLeaderLease(dependencies: LoopDependencies): LeaderLease {
  const leaderships = new Set<Leadership>();
  return {
    lead: (name, body) => {
      let term: AbortSignal | undefined;
      const loop = runBackgroundLoop(
        name,
        async (signal, progress) => {
          while (!signal.aborted) {
            term = signal;
            progress.goesWell();
            await body(signal).finally(() => {
              term = undefined;
            });
            await dependencies.clock.sleep(dependencies.backoff.minMs, signal);
          }
        },
        dependencies,
      );
      const leadership = { ...loop, leads: () => term !== undefined && !term.aborted };
      leaderships.add(leadership);
      return {
        ...leadership,
        stop: async () => {
          await leadership.stop();
          leaderships.delete(leadership);
        },
      };
    },
    close: async () => {
      await Promise.all([...leaderships].map((leadership) => leadership.stop()));
    },
  };
}
