import type { JobId } from '../../domain/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  byAge,
  type Delivery,
  type JobQueue,
  JobQueueUnavailableError,
  type PullRequest,
  type QueuedJob,
} from '../../ports/jobQueue.ts';
import { createWaitingJobs } from './waitingJobs.ts';

export type JobQueueOptions = Readonly<{
  clock: Clock;
  /** A job older than this that does not fit holds younger ones back. */
  patienceMs: number;
  /** The most jobs that wait; one more is refused with `JobQueueUnavailableError`, and stays in the event log. */
  maxWaitingJobs: number;
}>;

type Puller = Readonly<{
  request: PullRequest;
  settle: (delivery: Delivery | undefined) => void;
  fail: (error: unknown) => void;
}>;

/**
 * The queue of one process, in memory: after a restart it is empty, and what has no end is published again from the events. A job is
 *   - waiting: published, or rested after a release; the oldest that fits goes to the first pull that may have it;
 *   - delivered: with one runner until it acknowledges (the queue forgets the job) or releases it. There is no time limit on it: a
 *     runner of this process cannot die alone;
 *   - resting: released with a delay.
 * Publishing a job that is in any of the three does nothing.
 */
export function createJobQueue(options: JobQueueOptions): JobQueue {
  const { clock, patienceMs, maxWaitingJobs } = options;
  const waiting = createWaitingJobs();
  const resting = new Set<QueuedJob>();
  const known = new Map<JobId, QueuedJob>();
  const pullers = new Set<Puller>();
  const closing = new AbortController();

  async function publish(job: QueuedJob): Promise<void> {
    if (closing.signal.aborted) throw new JobQueueUnavailableError('The job queue is closed');
    if (known.has(job.jobId)) return;
    if (waiting.count() + resting.size >= maxWaitingJobs) {
      throw new JobQueueUnavailableError(
        `The job queue has ${maxWaitingJobs} jobs waiting, the most it takes: try again`,
      );
    }
    known.set(job.jobId, job);
    wait(job);
  }

  async function withdraw(jobId: JobId): Promise<void> {
    const job = known.get(jobId);
    if (job === undefined || !(waiting.remove(job) || resting.delete(job))) return;
    known.delete(jobId);
    // It may have held others back.
    serveAll();
  }

  function wait(job: QueuedJob): void {
    waiting.add(job);
    serveAll();
  }

  function pull(request: PullRequest): Promise<Delivery | undefined> {
    const { signal } = request;
    return new Promise((resolve, reject) => {
      if (signal.aborted || closing.signal.aborted) return resolve(undefined);
      const leave = () => {
        pullers.delete(puller);
        signal.removeEventListener('abort', abort);
      };
      const puller: Puller = {
        request,
        settle: (delivery) => {
          leave();
          resolve(delivery);
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const abort = () => puller.settle(undefined);
      signal.addEventListener('abort', abort);
      pullers.add(puller);
      serve(puller);
    });
  }

  function serveAll(): void {
    for (const puller of pullers) serve(puller);
  }

  function serve(puller: Puller): void {
    try {
      const job = oldestFor(puller.request);
      if (job === undefined) return;
      waiting.remove(job);
      puller.settle(deliver(job));
    } catch (error) {
      // A runner that cannot tell whether a job fits is at fault itself: neither the publisher nor other runners are.
      puller.fail(error);
    }
  }

  function oldestFor({ fits, fitsEver }: PullRequest): QueuedJob | undefined {
    for (const job of waiting.heads()) {
      if (fits(job)) return job;
      const ageMs = clock.nowMs() - Date.parse(job.createdAt);
      if (ageMs > patienceMs && fitsEver(job)) return undefined;
    }
    return undefined;
  }

  function deliver(job: QueuedJob): Delivery {
    let isWithRunner = true;
    const takeBack = (): boolean => {
      const wasWithRunner = isWithRunner;
      isWithRunner = false;
      return wasWithRunner;
    };
    return {
      job,
      ack: async () => {
        if (takeBack()) known.delete(job.jobId);
      },
      working: async () => {},
      release: async (delayMs) => {
        if (takeBack()) rest(job, delayMs);
      },
    };
  }

  function rest(job: QueuedJob, delayMs: number): void {
    if (delayMs <= 0) {
      wait(job);
      return;
    }
    resting.add(job);
    clock.sleep(delayMs, closing.signal).then(
      () => {
        if (resting.delete(job)) wait(job);
      },
      // Only closing ends the sleep early, and a closed queue has no jobs.
      () => resting.delete(job),
    );
  }

  return {
    publish,
    withdraw,
    pull,
    capacityChanged: serveAll,
    depth: async () => {
      const [oldest] = [...waiting.heads(), ...resting].sort(byAge);
      return { waiting: waiting.count() + resting.size, oldestCreatedAt: oldest?.createdAt ?? null };
    },
    close: async () => {
      closing.abort();
      for (const puller of pullers) puller.settle(undefined);
    },
  };
}
