import type { JobId } from '../domain/ids.ts';
import type { EngineKind } from '../domain/image.ts';

/** What a runner must know to tell whether a job fits it. */
export type QueuedJob = Readonly<{
  jobId: JobId;
  planId: string;
  memoryBytes: number;
  cpuMillis: number;
  engine: EngineKind;
  createdAt: string;
}>;

/** Sorts jobs by age, the oldest first. Instants and ids both sort as text. */
export function byAge(one: QueuedJob, other: QueuedJob): number {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? -1 : 1;
  return one.jobId < other.jobId ? -1 : 1;
}

/** One job handed to one runner. Until it is acknowledged, the queue may hand it out again. */
export type Delivery = Readonly<{
  job: QueuedJob;
  /** The job needs the queue no more. */
  ack(): Promise<void>;
  /** Still at it: keeps the queue from handing the job to another runner. */
  working(): Promise<void>;
  /** Gives the job back, to be handed out again after `delayMs`. */
  release(delayMs: number): Promise<void>;
}>;

/** All but `capacityChanged` and `close` throw `JobQueueUnavailableError`, as a delivery's own methods do. */
export type JobQueue = Readonly<{
  /** Offers a job to the runners. Offering it again while it is queued or being worked on does nothing. */
  publish(job: QueuedJob): Promise<void>;
  /** Takes back a job that waits, so that it neither holds others back nor counts as waiting. One that is with a runner stays there. */
  withdraw(jobId: JobId): Promise<void>;
  /**
   * The oldest job that `fits`, as soon as there is one; undefined when `signal` aborts. A job that does not fit is passed over,
   * but not for ever: one that waits longer than the queue's patience holds younger ones back until it fits, unless `fitsEver` says it cannot.
   */
  pull(request: PullRequest): Promise<Delivery | undefined>;
  /** `fits` may answer otherwise now: look again. */
  capacityChanged(): void;
  /** Jobs that wait: how many, and when the oldest was created. */
  depth(): Promise<Readonly<{ waiting: number; oldestCreatedAt: string | null }>>;
  close(): Promise<void>;
}>;

/** Both answer alike for jobs of the same plan, memory, CPU and engine. */
export type PullRequest = Readonly<{
  fits: (job: QueuedJob) => boolean;
  fitsEver: (job: QueuedJob) => boolean;
  signal: AbortSignal;
}>;

export class JobQueueUnavailableError extends Error {
  override readonly name = 'JobQueueUnavailableError';
}
