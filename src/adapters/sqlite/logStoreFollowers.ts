import type { JobId } from '../../domain/ids.ts';

/** Wakes those that wait for lines of a job. Nothing is kept of a job that nobody waits for. */
export type JobWakeUps = Readonly<{
  wake(jobId: JobId): void;
  wakeAll(): void;
  /** Answers at the job's next `wake`, or when one of `signals` aborts; leaves no listener. The caller has just looked, in the same turn. */
  sleep(jobId: JobId, signals: readonly AbortSignal[]): Promise<void>;
}>;

export function createJobWakeUps(): JobWakeUps {
  const sleepers = new Map<JobId, Set<() => void>>();
  const wake = (jobId: JobId): void => {
    for (const end of sleepers.get(jobId) ?? []) end();
  };
  return {
    wake,
    wakeAll: () => {
      for (const jobId of [...sleepers.keys()]) wake(jobId);
    },
    sleep: (jobId, signals) =>
      new Promise((resolve) => {
        if (signals.some(({ aborted }) => aborted)) return resolve();
        const sleeping = sleepers.get(jobId) ?? new Set();
        const end = (): void => {
          sleeping.delete(end);
          if (sleeping.size === 0) sleepers.delete(jobId);
          for (const signal of signals) signal.removeEventListener('abort', end);
          resolve();
        };
        sleepers.set(jobId, sleeping.add(end));
        for (const signal of signals) signal.addEventListener('abort', end);
      }),
  };
}
