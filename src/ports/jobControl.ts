import type { JobId } from '../domain/ids.ts';

/** Quick word from the processes to the runners. It may be lost: a runner also looks at the job's own events. */
export type JobControl = Readonly<{
  /** Tells whichever runner has the job to stop it. */
  requestCancel(jobId: JobId): Promise<void>;
  /** Calls `listener` for each request until the answer is called. */
  onCancelRequested(listener: (jobId: JobId) => void): () => void;
}>;
