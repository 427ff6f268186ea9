import type { JobControl } from '../../ports/jobControl.ts';
import type { Logger } from '../../ports/telemetry.ts';
import { createCancelListeners } from '../shared/cancelListeners.ts';

export type JobControlOptions = Readonly<{
  /** Told of what a listener throws: it reaches neither the other listeners nor the one who asked. */
  logger: Pick<Logger, 'error'>;
}>;

/** Passes requests on within this process, at once. */
export function createJobControl({ logger }: JobControlOptions): JobControl {
  const { tell, onCancelRequested } = createCancelListeners(logger);
  return { requestCancel: async (jobId) => tell(jobId), onCancelRequested };
}
