import { backoffMs } from '../domain/backoff.ts';
import type { JobId } from '../domain/ids.ts';
import type { EngineKind } from '../domain/image.ts';
import { isFinished } from '../domain/job.ts';
import type { Clock } from '../ports/clock.ts';
import { type Delivery, JobQueueUnavailableError } from '../ports/jobQueue.ts';
import { type Capacity, capacityUsed, type Need } from './capacity.ts';
import { loadJob } from './loadJob.ts';
import { retryOperation } from './retryOperation.ts';
import { type HeldJob, type RunJobDependencies, type RunJobOptions, runJob } from './runJob.ts';
import type { RunnerLease } from './runnerLease.ts';

/** What one job takes, and of which engine. */
type NeedOfEngine = Need & Readonly<{ engine: EngineKind }>;

/** `delivery` changes where the queue hands the job out again: the one before is worth nothing then. */
type Held = HeldJob & Readonly<{ need: NeedOfEngine; lost: AbortController }> & { delivery: Delivery | null };

/** The jobs that a runner has in hand, each brought forward beside the others. */
export type HeldJobs = Readonly<{
  has(jobId: JobId): boolean;
  jobIds(): readonly JobId[];
  sizeOf(engine: EngineKind): number;
  used(): Capacity;
  /**
   * Takes the job to its end. `delivery` is null for one whose container was found. One that is held already is left alone, and keeps the
   * delivery. Never throws.
   */
  hold(jobId: JobId, need: NeedOfEngine, delivery: Delivery | null): void;
  /**
   * Stops the job's container if its own events ask for that, or say that it has ended without this runner: a word from elsewhere is only
   * a hint to look.
   */
  cancelIfRequested(jobId: JobId): Promise<void>;
  cancelWhereRequested(): Promise<void>;
  /** Keeps the queue from handing the jobs to others. Throws where it does not hear of one of them, after it has told it of all. */
  heartbeat(): Promise<void>;
  /** Lets go of every job where it stands. Answers when nothing is under way any more. */
  letGo(): Promise<void>;
}>;

export function createHeldJobs(
  dependencies: RunJobDependencies &
    Readonly<{ clock: Clock; lease: Pick<RunnerLease, 'lapse'>; onCapacityFreed: () => void }>,
  options: RunJobOptions,
): HeldJobs {
  const { commands, clock, lease, logger, metrics, onCapacityFreed } = dependencies;
  const { runnerId, backoff, leaseSeconds } = options;
  const leaving = new AbortController();
  const jobs = new Map<JobId, Held>();
  const endings = new Set<Promise<void>>();

  /** An error that nobody foresaw is logged, and the job looked at again from its events. */
  const bringToEnd = async (job: Held): Promise<void> => {
    const { jobId } = job;
    for (let retry = 1; !leaving.signal.aborted; retry += 1) {
      try {
        const result = await runJob(job, dependencies, options);
        await settle(job, result);
        return;
      } catch (error) {
        if (leaving.signal.aborted) return;
        logger.error({ error, jobId, retry }, 'a job could not be brought forward and is tried again');
        metrics.count('unexpected_error', { where: 'runner' });
        await clock.sleep(backoffMs(retry, backoff), leaving.signal).catch(() => undefined);
      }
    }
  };

  /**
   * A job of another runner stays in the queue until it has ended: that runner may have died between its claim and its container, and
   * would know of the job from the queue alone. One that was never claimed is for anyone.
   */
  const settle = (job: Held, result: 'ended' | 'notMine'): Promise<void> =>
    retryOperation(
      async () => {
        if (result === 'ended') await job.delivery?.ack();
        else await job.delivery?.release(job.lapse.aborted ? 0 : leaseSeconds * 1000);
      },
      (error) => error instanceof JobQueueUnavailableError,
      { clock, backoff, signal: leaving.signal },
    );

  const held: HeldJobs = {
    has: (jobId) => jobs.has(jobId),
    jobIds: () => [...jobs.keys()],
    sizeOf: (engine) => [...jobs.values()].filter(({ need }) => need.engine === engine).length,
    used: () => capacityUsed([...jobs.values()].map(({ need }) => need)),
    hold: (jobId, need, delivery) => {
      const before = jobs.get(jobId);
      if (before !== undefined) {
        before.delivery = delivery ?? before.delivery;
        return;
      }
      const [cancel, lost] = [new AbortController(), new AbortController()];
      const lapse = AbortSignal.any([lease.lapse(), lost.signal]);
      const job: Held = { jobId, need, delivery, cancel, lost, lapse, signal: leaving.signal };
      jobs.set(jobId, job);
      const ending = bringToEnd(job).finally(() => {
        jobs.delete(jobId);
        endings.delete(ending);
        onCapacityFreed();
      });
      endings.add(ending);
    },
    cancelIfRequested: async (jobId) => {
      const job = jobs.get(jobId);
      if (job === undefined || job.lapse.aborted) return;
      const loaded = await loadJob(commands, jobId, runnerId);
      if (loaded === undefined) return;
      if (loaded.job.cancelRequest !== null) job.cancel.abort();
      if (isFinished(loaded.job)) job.lost.abort();
    },
    cancelWhereRequested: async () => {
      for (const jobId of [...jobs.keys()]) await held.cancelIfRequested(jobId);
    },
    heartbeat: async () => {
      const told = await Promise.allSettled([...jobs.values()].map(({ delivery }) => delivery?.working()));
      const failed = told.find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    },
    letGo: async () => {
      leaving.abort(new Error('the runner leaves'));
      await Promise.all(endings);
    },
  };
  return held;
}
