import type { JobId } from '../../domain/ids.ts';
import type { JobControl } from '../../ports/jobControl.ts';
import type { Logger } from '../../ports/telemetry.ts';

export type JobControlOptions = Readonly<{
  /** Told of what a listener throws: it reaches neither the other listeners nor the one who asked. */
  logger: Pick<Logger, 'error'>;
}>;

/** Passes requests on within this process, at once. */
export function createJobControl({ logger }: JobControlOptions): JobControl {
  const listeners = new Set<Readonly<{ call: (jobId: JobId) => void }>>();
  return {
    requestCancel: async (jobId) => {
      for (const listener of listeners) {
        try {
          listener.call(jobId);
        } catch (error) {
          logger.error({ error, jobId }, 'a runner could not take the request to cancel a job');
        }
      }
    },
    onCancelRequested: (listener) => {
      const registered = { call: listener };
      listeners.add(registered);
      return () => {
        listeners.delete(registered);
      };
    },
  };
}
