import { backoffMs } from '../domain/backoff.ts';
import type { JobId } from '../domain/ids.ts';
import type { EngineKind } from '../domain/image.ts';
import { isFinished } from '../domain/job.ts';
import type { Clock } from '../ports/clock.ts';
import type { Delivery } from '../ports/jobQueue.ts';
import { type Capacity, capacityUsed, type Need } from './capacity.ts';
import { loadJob } from './loadJob.ts';
import { type RunJobDependencies, type RunJobOptions, runJob } from './runJob.ts';

/** What one job takes, and of which engine. */
type NeedOfEngine = Need & Readonly<{ engine: EngineKind }>;

type Held = Readonly<{
  need: NeedOfEngine;
  delivery: Delivery | null;
  cancel: AbortController;
  ended: Promise<void>;
}>;

/** The jobs that a runner has in hand, each brought forward beside the others. */
export type HeldJobs = Readonly<{
  has(jobId: JobId): boolean;
  sizeOf(engine: EngineKind): number;
  used(): Capacity;
  /** Takes the job to its end. `delivery` is null for one whose container was found. Never throws; one that is held already is left alone. */
  hold(jobId: JobId, need: NeedOfEngine, delivery: Delivery | null): void;
  /**
   * Stops the job's container if its own events ask for that, or say that it has ended without this runner: a word from elsewhere is only
   * a hint to look.
   */
  cancelIfRequested(jobId: JobId): Promise<void>;
  cancelWhereRequested(): Promise<void>;
  /** Keeps the queue from handing the jobs to others. */
  heartbeat(): Promise<void>;
  /** Lets go of every job where it stands. Answers when nothing is under way any more. */
  letGo(): Promise<void>;
}>;

export function createHeldJobs(
  dependencies: RunJobDependencies & Readonly<{ clock: Clock; onCapacityFreed: () => void }>,
  options: RunJobOptions,
): HeldJobs {
  const { commands, clock, logger, metrics, onCapacityFreed } = dependencies;
  const { runnerId, backoff } = options;
  const leaving = new AbortController();
  const jobs = new Map<JobId, Held>();

  /** An error that nobody foresaw is logged, and the job looked at again from its events. */
  const bringToEnd = async (
    jobId: JobId,
    cancel: AbortController,
    delivery: Delivery | null,
  ): Promise<void> => {
    for (let retry = 1; !leaving.signal.aborted; retry += 1) {
      try {
        await runJob({ jobId, cancel, signal: leaving.signal }, dependencies, options);
        await delivery?.ack();
        return;
      } catch (error) {
        if (leaving.signal.aborted) return;
        logger.error({ error, jobId, retry }, 'a job could not be brought forward and is tried again');
        metrics.count('unexpected_error', { where: 'runner' });
        await clock.sleep(backoffMs(retry, backoff), leaving.signal).catch(() => undefined);
      }
    }
  };

  const held: HeldJobs = {
    has: (jobId) => jobs.has(jobId),
    sizeOf: (engine) => [...jobs.values()].filter(({ need }) => need.engine === engine).length,
    used: () => capacityUsed([...jobs.values()].map(({ need }) => need)),
    hold: (jobId, need, delivery) => {
      if (jobs.has(jobId)) return;
      const cancel = new AbortController();
      const ended = bringToEnd(jobId, cancel, delivery).finally(() => {
        jobs.delete(jobId);
        onCapacityFreed();
      });
      jobs.set(jobId, { need, delivery, cancel, ended });
    },
    cancelIfRequested: async (jobId) => {
      const job = jobs.get(jobId);
      if (job === undefined || job.cancel.signal.aborted) return;
      const loaded = await loadJob(commands.eventStore, jobId, runnerId);
      if (loaded !== undefined && (loaded.job.cancelRequest !== null || isFinished(loaded.job)))
        job.cancel.abort();
    },
    cancelWhereRequested: async () => {
      for (const jobId of [...jobs.keys()]) await held.cancelIfRequested(jobId);
    },
    heartbeat: async () => {
      await Promise.all([...jobs.values()].map(({ delivery }) => delivery?.working()));
    },
    letGo: async () => {
      leaving.abort(new Error('the runner leaves'));
      await Promise.all([...jobs.values()].map(({ ended }) => ended));
    },
  };
  return held;
}
