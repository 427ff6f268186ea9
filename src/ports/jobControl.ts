import type { JobId } from '../domain/ids.ts';

/** Quick word from the processes to the runners. It may be lost: a runner also looks at the job's own events. */
export type JobControl = Readonly<{
  /** Tells whichever runner has the job to stop it. Throws `JobControlUnavailableError`. */
  requestCancel(jobId: JobId): Promise<void>;
  /** Calls `listener` for each request until the answer is called. */
  onCancelRequested(listener: (jobId: JobId) => void): () => void;
}>;

/** Nobody can be told now. */
export class JobControlUnavailableError extends Error {
  override readonly name = 'JobControlUnavailableError';
}
