import type { JobId } from '../../domain/ids.ts';
import type { JobControl } from '../../ports/jobControl.ts';
import type { Logger } from '../../ports/telemetry.ts';

/** Who wants to hear of requests to cancel jobs, in this process. */
export type CancelListeners = Readonly<{
  onCancelRequested: JobControl['onCancelRequested'];
  /** Tells all of them, at once and in order. What one throws is logged, and reaches neither the others nor the caller. */
  tell(jobId: JobId): void;
}>;

export function createCancelListeners(logger: Pick<Logger, 'error'>): CancelListeners {
  const listeners = new Set<Readonly<{ call: (jobId: JobId) => void }>>();
  return {
    onCancelRequested: (listener) => {
      const registered = { call: listener };
      listeners.add(registered);
      return () => {
        listeners.delete(registered);
      };
    },
    tell: (jobId) => {
      for (const listener of listeners) {
        try {
          listener.call(jobId);
        } catch (error) {
          logger.error({ error, jobId }, 'a runner could not take the request to cancel a job');
        }
      }
    },
  };
}
