import type { RunnerId } from '../../domain/ids.ts';
import type { RunnerDirectory, RunnerStatus } from '../../ports/runnerDirectory.ts';

/** Knows the runners of this process: each as it last announced itself, until it withdraws. */
export function createRunnerDirectory(): RunnerDirectory {
  const runners = new Map<RunnerId, RunnerStatus>();
  return {
    announce: async (status) => {
      runners.set(status.runnerId, status);
    },
    withdraw: async (runnerId) => {
      runners.delete(runnerId);
    },
    list: async () => [...runners.values()],
  };
}
